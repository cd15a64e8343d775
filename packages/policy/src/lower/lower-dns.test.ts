import { parseIp } from '@margay/netset'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { felixConfiguration } from '../reference/cases/objects.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'

const defaults = buildPolicyState([]).state.settingsOf('n1').dns
const configured = (spec: object) =>
  buildPolicyState(admitAll([felixConfiguration('default', { ...spec })])).state.settingsOf('n1').dns
/** As a cluster may hold it that was written to past admission. */
const unadmitted = (spec: object) =>
  buildPolicyState([felixConfiguration('default', { ...spec })] as Parameters<
    typeof buildPolicyState
  >[0]).state.settingsOf('n1').dns
const kubeDns = { kind: 'Service', namespace: 'kube-system', name: 'kube-dns', port: undefined }

test("without a configuration the cluster's own DNS is trusted, and answers are held", () => {
  expect(defaults).toEqual({
    trustedServers: [kubeDns],
    mode: 'DelayDNSResponse',
    extraTtlSeconds: 0,
    cacheSaveSeconds: 60,
    cacheEpoch: 0,
    queueNumber: 101,
    queueSize: 4096,
    problems: [],
  })
})

test('every setting is read', () => {
  const spec = {
    dnsTrustedServers: ['10.0.0.10:5353', 'k8s-service:infra/dns:53'],
    dnsPolicyMode: 'NoDelay',
    dnsExtraTTL: '1h30m',
    dnsCacheSaveInterval: '10s',
    dnsCacheEpoch: 7,
    dnsPacketsNfqueueID: 4000,
    dnsPacketsNfqueueSize: 1024,
  }
  expect(configured(spec)).toEqual({
    trustedServers: [
      { kind: 'Address', address: parseIp('10.0.0.10'), port: 5353 },
      { kind: 'Service', namespace: 'infra', name: 'dns', port: 53 },
    ],
    mode: 'NoDelay',
    extraTtlSeconds: 5400,
    cacheSaveSeconds: 10,
    cacheEpoch: 7,
    queueNumber: 4000,
    queueSize: 1024,
    problems: [],
  })
})

test.each(['DelayDeniedPacket', 'delaydnsresponse', 'Inline'])('%s holds answers', (dnsPolicyMode) => {
  expect(configured({ dnsPolicyMode }).mode).toBe('DelayDNSResponse')
})

test('a server that is named in two ways is one', () => {
  const servers = configured({ dnsTrustedServers: ['10.0.0.10', '10.0.0.10:53', 'k8s-service:kube-dns'] })
  expect(servers.trustedServers).toHaveLength(2)
  expect(configured({ dnsTrustedServers: [] }).trustedServers).toEqual([])
})

test('a server that can not be read is trusted by nobody, and told', () => {
  const dns = unadmitted({ dnsTrustedServers: ['10.0.0.300', 'k8s-service:kube-dns'] })
  expect(dns.trustedServers).toEqual([kubeDns])
  expect(dns.problems).toEqual([expect.stringContaining('"10.0.0.300"')])
})

test('what would hold nothing, or write without a pause, is as by default, and told', () => {
  const dns = configured({ dnsPacketsNfqueueSize: 0, dnsCacheSaveInterval: '0s' })
  expect(dns).toMatchObject({ queueSize: 4096, cacheSaveSeconds: 1 })
  expect(dns.problems).toHaveLength(2)
})
