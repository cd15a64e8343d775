/**
 * DNS policy on the real thing: dnsmasq, real packets, programs that ask and connect at once. Needs root; runs a lab of its own.
 * MARGAY_DNS_CONNECTIONS: how many first connections are tried; 2,000 unless told, 10,000 for the whole proof.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DnsLab, type Version } from './dns/dns-lab.ts'
import { eventually } from './support/eventually.ts'

let lab: DnsLab
const firstConnections = Number(process.env.MARGAY_DNS_CONNECTIONS ?? 2000)
const versions: readonly Version[] = [4, 6]
const allowed = [
  'rotate.test',
  '*.rotate.test',
  'fixed-7.test',
  'chain-3.test',
  'many-200.test',
  'hints.test',
  'www.*.fixed-21.test',
]

beforeAll(async () => {
  lab = await DnsLab.start('e2e-dns')
  await lab.allow('names', { domains: allowed }, 'fixed-7.test')
}, 120_000)
afterAll(async () => {
  expect(await lab?.close()).toEqual([])
})

describe('first connections, at once when the answer is there', () => {
  /** `count` of `count` connected, each to another address. */
  async function allConnect(pod: string, name: string, count: number, version: Version): Promise<void> {
    const client = await lab.clientIn(pod)
    const result = await client.firstConnections(lab.question(name, { version }), count)
    console.log(`${pod} ${name} over IPv${version}: ${JSON.stringify(result)}`)
    expect(result.problems).toEqual([])
    expect(result).toMatchObject({ tried: count, connected: count, failed: 0, unresolved: 0 })
    expect(result.addresses).toBe(count)
  }

  test(`${firstConnections} of ${firstConnections} succeed where addresses rotate and the TTL is 1`, async () => {
    await allConnect('a1', 'rotate.test', firstConnections, 4)
  }, 300_000)

  test('over IPv6, too', () => allConnect('a1', 'rotate.test', firstConnections / 10, 6))

  test('of another name each, by a wildcard', () => allConnect('a2', 'n#.deep.rotate.test', 200, 4))

  test('on the node of the resolver', () => allConnect('b1', 'rotate.test', 200, 4))
})
