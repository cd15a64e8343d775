import { expect, test } from 'vitest'
import { admit } from '../admit.ts'
import { admitted, felixConfiguration, issuePaths } from '../examples.testkit.ts'
import { defaultFelixSettings } from './defaults.ts'
import { wordSettings } from './words.ts'

test.each([
  {},
  { failsafeInboundHostPorts: [], failsafeOutboundHostPorts: null },
  { failsafeInboundHostPorts: [{ port: 22 }, { protocol: 'SCTP', port: 0, net: '10.1.2.3/8' }] },
  { kubeNodePortRanges: ['3000:4000', 5000, '6000'] },
  { interfacePrefix: 'cali,tap-', ipForwarding: 'Disabled', removeExternalRoutes: false },
  { ipipEnabled: false, vxlanEnabled: true },
  { logPrefix: 'calico-packet %t %k: %n/%p', logActionRateLimit: '9999/hour', logActionRateLimitBurst: 0 },
  { logFilePath: 'none', logDebugFilenameRegex: '(?i)policy.*' },
  { wireguardEnabled: true, wireguardListeningPort: 51820, wireguardMTU: 0, wireguardKeepAlive: '1h30m' },
  { wireguardRoutingRulePriority: 32765, wireguardInterfaceName: 'wg0', wireguardInterfaceNameV6: '' },
  { prometheusMetricsEnabled: true, prometheusMetricsPort: 9091, prometheusMetricsHost: '' },
  { wireguardRequired: true, wireguardKeyRotationInterval: '24h' },
  { wireguardKeyRotationInterval: '0s' },
  { wireguardKeyRotationInterval: '0h0ms' },
  { wireguardKeyRotationInterval: '1000ms' },
  { wireguardKeyRotationInterval: '' },
  { nftablesMarkMask: 0xffffffff, routeTableRanges: [] },
  {
    nftablesMarkMask: 0,
    routeTableRanges: [
      { min: 1, max: 1 },
      { min: 300, max: 2 ** 32 - 1 },
    ],
  },
  { flowLogsFlushInterval: '0.5s', flowLogsGoldmaneServer: 'goldmane.calico-system:7443' },
  { dnsTrustedServers: [], dnsPolicyMode: 'noDelay', dnsExtraTTL: '10m', dnsCacheEpoch: 7 },
  { dnsTrustedServers: ['10.0.0.10', '10.0.0.10:53', 'fd00::10', '[fd00::10]:53', '[fd00::10]'] },
  {
    dnsTrustedServers: ['k8s-service:kube-dns', 'k8s-service:a/b', 'k8s-service:a/b:5353', 'k8s-service:b:1'],
  },
  { dnsPolicyNfqueueID: 0, dnsPacketsNfqueueID: 65535, dnsPolicyNfqueueSize: 255, dnsPacketsNfqueueSize: 0 },
  { dnsLogsFileEnabled: true, dnsLogsFlushInterval: '5m', dnsLogsFileAggregationKind: 0 },
  { bpfEnabled: true, healthTimeoutOverrides: [{ name: 'a', timeout: '1s' }] },
])('settings may be %j', (spec) => expect(issuePaths(felixConfiguration(spec))).toEqual([]))

test.each([
  [
    { failsafeInboundHostPorts: [{ protocol: 'ICMP', port: 1 }] },
    'spec.failsafeInboundHostPorts[0].protocol',
  ],
  [{ failsafeInboundHostPorts: [{ port: 65536 }] }, 'spec.failsafeInboundHostPorts[0].port'],
  [{ failsafeInboundHostPorts: [{ protocol: 'TCP' }] }, 'spec.failsafeInboundHostPorts[0].port'],
  [{ failsafeOutboundHostPorts: [{ port: 53, net: 'any' }] }, 'spec.failsafeOutboundHostPorts[0].net'],
  [{ failsafeOutboundHostPorts: [{ port: 53, nets: [] }] }, 'spec.failsafeOutboundHostPorts[0].nets'],
  [{ kubeNodePortRanges: Array(8).fill('3000:4000') }, 'spec.kubeNodePortRanges'],
  [{ kubeNodePortRanges: ['http'] }, 'spec.kubeNodePortRanges[0]'],
  [{ kubeNodePortRanges: ['1:2', '4000:3000'] }, 'spec.kubeNodePortRanges[1]'],
  [{ kubeNodePortRanges: ['0:10'] }, 'spec.kubeNodePortRanges[0]'],
  [{ interfacePrefix: 'cali,' }, 'spec.interfacePrefix'],
  [{ removeExternalRoutes: 'Enabled' }, 'spec.removeExternalRoutes'],
  [{ ipipEnabled: 'Always' }, 'spec.ipipEnabled'],
  [{ vxlanEnabled: 1 }, 'spec.vxlanEnabled'],
  [{ logPrefix: 'calico$' }, 'spec.logPrefix'],
  [{ logActionRateLimit: '0/second' }, 'spec.logActionRateLimit'],
  [{ logActionRateLimit: '10/week' }, 'spec.logActionRateLimit'],
  [{ logActionRateLimitBurst: 10000 }, 'spec.logActionRateLimitBurst'],
  [{ logDebugFilenameRegex: '*' }, 'spec.logDebugFilenameRegex'],
  [{ wireguardListeningPort: 0 }, 'spec.wireguardListeningPort'],
  [{ prometheusMetricsPort: 0 }, 'spec.prometheusMetricsPort'],
  [{ wireguardListeningPortV6: 65536 }, 'spec.wireguardListeningPortV6'],
  [{ wireguardRoutingRulePriority: 32766 }, 'spec.wireguardRoutingRulePriority'],
  [{ wireguardInterfaceName: 'wg&0' }, 'spec.wireguardInterfaceName'],
  [{ wireguardMTU: -1 }, 'spec.wireguardMTU'],
  [{ wireguardKeepAlive: '-1s' }, 'spec.wireguardKeepAlive'],
  [{ wireguardRequired: 'true' }, 'spec.wireguardRequired'],
  [{ wireguardKeyRotationInterval: '999ms' }, 'spec.wireguardKeyRotationInterval'],
  [{ wireguardKeyRotationInterval: 'never' }, 'spec.wireguardKeyRotationInterval'],
  [{ wireguardKeyRotationInterval: 3600 }, 'spec.wireguardKeyRotationInterval'],
  [{ nftablesMarkMask: 2 ** 32 }, 'spec.nftablesMarkMask'],
  [{ nftablesMarkMask: '0xffff0000' }, 'spec.nftablesMarkMask'],
  [
    {
      routeTableRanges: [
        { min: 1, max: 5 },
        { min: 9, max: 8 },
      ],
    },
    'spec.routeTableRanges[1].max',
  ],
  [{ routeTableRanges: [{ min: 0, max: 5 }] }, 'spec.routeTableRanges[0].min'],
  [{ routeTableRanges: [{ min: 1 }] }, 'spec.routeTableRanges[0].max'],
  [{ flowLogsFlushInterval: '300' }, 'spec.flowLogsFlushInterval'],
  [{ ipv6Support: 'true' }, 'spec.ipv6Support'],
  [{ dnsTrustedServers: ['10.0.0.1', '10.0.0.1'] }, 'spec.dnsTrustedServers[1]'],
  [{ dnsPolicyMode: 'Delay' }, 'spec.dnsPolicyMode'],
  [{ dnsExtraTTL: '10' }, 'spec.dnsExtraTTL'],
  [{ dnsCacheSaveInterval: 'soon' }, 'spec.dnsCacheSaveInterval'],
  [{ dnsCacheEpoch: -1 }, 'spec.dnsCacheEpoch'],
  [{ dnsPolicyNfqueueID: 65536 }, 'spec.dnsPolicyNfqueueID'],
  [{ dnsPolicyNfqueueSize: -1 }, 'spec.dnsPolicyNfqueueSize'],
  [{ dnsPacketsNfqueueID: -1 }, 'spec.dnsPacketsNfqueueID'],
  [{ dnsPacketsNfqueueSize: 1.5 }, 'spec.dnsPacketsNfqueueSize'],
  [{ dnsPacketsNfqueueMaxHoldDuration: '3' }, 'spec.dnsPacketsNfqueueMaxHoldDuration'],
  [{ dnsLogsFlushInterval: '-1s' }, 'spec.dnsLogsFlushInterval'],
  [{ dnsLogsFileAggregationKind: 2 }, 'spec.dnsLogsFileAggregationKind'],
])('settings may not be %j, and %s is told', (spec, path) =>
  expect(issuePaths(felixConfiguration(spec))).toEqual([path]),
)

test.each([
  '',
  'kube-dns',
  '10.0.0.10:',
  '10.0.0.10:0',
  '10.0.0.10:53:53',
  '[10.0.0.10]:53',
  '[fd00::10]:65536',
  'k8s-service:',
  'k8s-service:a/b/c',
  'k8s-service:a_b',
  'k8s-service:a:x',
  'k8s-service:a:1:2',
])('%j is no server whose DNS answers can be believed', (server) => {
  const spec = { dnsTrustedServers: ['10.0.0.1', server] }
  expect(issuePaths(felixConfiguration(spec))).toEqual(['spec.dnsTrustedServers[1]'])
})

test.each(Object.entries(wordSettings))('%s is one of %j, in any case', (setting, words) => {
  for (const word of words) {
    const input = felixConfiguration({ [setting]: word.toUpperCase() })
    expect(admitted(input)).toMatchObject({ spec: { [setting]: word } })
  }
  expect(issuePaths(felixConfiguration({ [setting]: '' }))).toEqual([])
  expect(issuePaths(felixConfiguration({ [setting]: 'Maybe' }))).toEqual([`spec.${setting}`])
})

test('a word that is not known is told which are', () => {
  const admission = admit(felixConfiguration({ iptablesFilterDenyAction: 'Accept' }))
  expect(admission.ok ? [] : admission.issues).toMatchObject([
    { path: 'spec.iptablesFilterDenyAction', message: 'must be Drop or Reject, but is "Accept"' },
  ])
})

test.each(['default', 'node.a'])('%s selects no nodes: its name says which', (name) => {
  expect(issuePaths(felixConfiguration({ nodeSelector: 'all()' }, name))).toEqual(['spec.nodeSelector'])
  expect(issuePaths(felixConfiguration({ nodeSelector: '' }, name))).toEqual([])
})

test('others select theirs by a selector that can be read', () => {
  expect(issuePaths(felixConfiguration({ nodeSelector: "zone == 'a'" }, 'zone-a'))).toEqual([])
  expect(issuePaths(felixConfiguration({ nodeSelector: 'has(' }, 'zone-a'))).toEqual(['spec.nodeSelector'])
})

test('nothing is filled in, so that an object for a node takes the rest from that for all', () => {
  expect(admitted(felixConfiguration({}))).toMatchObject({ spec: {} })
})

test('the defaults are settings that are admitted as they are', () => {
  expect(admitted(felixConfiguration(defaultFelixSettings))).toMatchObject({ spec: defaultFelixSettings })
})
