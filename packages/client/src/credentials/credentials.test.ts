/** Certificates near their end are told of, and a kubeconfig that changes is taken over. */
import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ClientConfig } from '../config/client-config.ts'
import { TestClock } from '../testing/test-clock.ts'
import { certificateNotice } from './certificate-end.ts'
import { CredentialsWatch } from './credentials-watch.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Self-signed, by days of validity; their keys are gone. */
const certificates: Readonly<Record<number, string>> = {
  365: `-----BEGIN CERTIFICATE-----
MIIBtTCCAVugAwIBAgIUOMjbHg7VsIxpPP/H2RXMrj2rVRMwCgYIKoZIzj0EAwIw
MDEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMRcwFQYDVQQDDA5zeXN0ZW06bm9kZTpu
MTAeFw0yNjExMjYxNjI1MDlaFw0yNzExMjYxNjI1MDlaMDAxFTATBgNVBAoMDHN5
c3RlbTpub2RlczEXMBUGA1UEAwwOc3lzdGVtOm5vZGU6bjEwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASHzy3kb++m3WSmckicDpVPAYpAXkLPY8KdtbYUD9UiJqxE
uoOTj/HBPuXFwYCie9SmhfY6R4owLTTFquvYb2gmo1MwUTAdBgNVHQ4EFgQUtd0z
pReHKH41iqViOcahqEJShoEwHwYDVR0jBBgwFoAUtd0zpReHKH41iqViOcahqEJS
hoEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAjgAWM5+jOXus
CiuTO8oJ7o16Trklu9KgwnPdlexlypYCIA1zsRcZVhgA9bP7j5aJGFJQFzyRBuTm
+zFrWuzdODTq
-----END CERTIFICATE-----
`,
  9: `-----BEGIN CERTIFICATE-----
MIIBtDCCAVqgAwIBAgITQ1n0lGi2CSsULRTnE5p4sZqgazAKBggqhkjOPQQDAjAw
MRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxFzAVBgNVBAMMDnN5c3RlbTpub2RlOm4x
MB4XDTI2MTEyNjE2MjUwOVoXDTI2MTIwNTE2MjUwOVowMDEVMBMGA1UECgwMc3lz
dGVtOm5vZGVzMRcwFQYDVQQDDA5zeXN0ZW06bm9kZTpuMTBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABI9eMWZsw58z6IWqIyNpbW65/R4IpMdqEXsCL5U/CLR0Vjwa
hd7WVxplbKYIobnCcaWUJmi0W/HRnA8D/xuohBqjUzBRMB0GA1UdDgQWBBSkuxNS
0Ex1OTEy1LmIbu/8OnueBDAfBgNVHSMEGDAWgBSkuxNS0Ex1OTEy1LmIbu/8Onue
BDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDOR7HH9tJU6Xtp
TiGzzxy6evyWwzgjnU9ZJC5yOburSwIgWy6gQBio+W4Ksq+CLHgYBWPUU+6KYkD6
49bbFTuqJtQ=
-----END CERTIFICATE-----
`,
}

const config = (days: number): ClientConfig => ({
  server: 'https://127.0.0.1:1',
  clientCertificate: certificates[days] ?? '',
})
/** So many days before the certificate ends. */
const before = (days: number, left: number) =>
  new Date(Date.parse(new X509Certificate(certificates[days] ?? '').validTo) - left * dayMs)

describe('a certificate', () => {
  test.each([
    [365, 31, undefined],
    [365, 29, /^this agent's certificate ends at 20\d\d-.*Z: issue a new kubeconfig/],
    [9, 4, undefined],
    [9, 2, /ends at/],
    [9, -1, /has ended at 20\d\d-.*, and the server takes it no more: policy stays as it is$/],
  ])('of %i days with %i left', (days, left, want) => {
    const notice = certificateNotice(config(days), before(days, left), 'this agent')
    if (want === undefined) expect(notice).toBeUndefined()
    else expect(notice).toMatch(want)
  })

  test('that is none is said to be none', () => {
    expect(certificateNotice({ clientCertificate: 'x' }, new Date(), 'this agent')).toContain("can't be read")
    expect(certificateNotice({}, new Date(), 'this agent')).toBeUndefined()
  })
})

/** It reads each 20 s. */
function pass(clock: TestClock, ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 20_000) clock.advance(20_000)
}

function watch(loads: () => ClientConfig, days = 365, left = 300) {
  const clock = new TestClock(before(days, left).toISOString())
  const lines: string[] = []
  const used: ClientConfig[] = []
  const credentials = new CredentialsWatch({
    holder: 'this agent',
    config: config(days),
    load: loads,
    use: async (taken) => void used.push(taken),
    clock,
    log: (line) => lines.push(line),
  })
  credentials.start()
  return { clock, lines, used, credentials }
}

describe('a kubeconfig', () => {
  test('that stays the same is left in use, and its end is told once a day', () => {
    const { clock, lines, used } = watch(() => config(365), 365, 2)
    pass(clock, 1.5 * dayMs)
    expect(used).toEqual([])
    expect(lines).toEqual([expect.stringMatching(/^warning: .*ends at/), expect.stringMatching(/ends at/)])
  })

  test('that changes is in use within 20 s, and is warned of anew', () => {
    let current = config(365)
    const { clock, lines, used } = watch(() => current)
    current = { ...config(365), clientCertificate: 'damaged' }
    pass(clock, 20_000)
    expect(used).toEqual([current])
    expect(lines).toEqual([
      'the kubeconfig has changed: connecting anew',
      expect.stringContaining("warning: this agent's certificate can't be read"),
    ])
  })

  test('that can not be read is logged once, and what is in use goes on', () => {
    const { clock, lines, used, credentials } = watch(() => {
      throw new Error('k: no such file')
    })
    pass(clock, 600_000)
    expect([lines, used]).toEqual([['k: no such file'], []])
    credentials.stop()
    pass(clock, 600_000)
    expect(lines).toHaveLength(1)
  })
})
