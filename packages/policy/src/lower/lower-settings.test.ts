import { formatCidr } from '@margay/netset'
import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { felixConfiguration, installation, node } from '../reference/cases/objects.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'

type Given = Parameters<typeof admitAll>[0]
const settings = (...given: Given) => buildPolicyState(admitAll(given)).state.settingsOf('n1')
const created = (object: Given[number], creationTimestamp: string) => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp },
})

test('without a configuration everything is as the specification says', () => {
  const { failsafeInbound, failsafeOutbound, encryption: _, dns: __, ...rest } = settings()
  expect(rest).toEqual({
    interfacePrefixes: ['cali'],
    ipv6Support: true,
    defaultEndpointToHostAction: 'Drop',
    filterAllowAction: 'Accept',
    mangleAllowAction: 'Accept',
    denyAction: 'Drop',
    chainInsertMode: 'insert',
    allowVxlanFromWorkloads: false,
    allowIpipFromWorkloads: false,
    vxlanPort: 4789,
    tunnels: { ipip: false, vxlan: [], wireguard: [] },
    workloadSourceSpoofing: 'Disabled',
    forwards: true,
    removesExternalRoutes: true,
    dropsEarly: true,
    disableConntrackInvalidCheck: false,
    logPrefix: 'calico-packet',
    logRateLimit: undefined,
    metrics: undefined,
  })
  const text = (ports: typeof failsafeInbound) => ports.map((it) => `${it.protocol}:${it.port}`).join(' ')
  expect(text(failsafeInbound)).toBe('6:22 17:68 6:179 6:2379 6:2380 6:5473 6:6443 6:6666 6:6667')
  expect(text(failsafeOutbound)).toBe('17:53 17:67 6:179 6:2379 6:2380 6:5473 6:6443 6:6666 6:6667')
})

test('every setting is read', () => {
  const spec = {
    interfacePrefix: 'cali,tap',
    ipv6Support: false,
    defaultEndpointToHostAction: 'Accept',
    nftablesFilterAllowAction: 'Return',
    nftablesMangleAllowAction: 'Return',
    nftablesFilterDenyAction: 'Reject',
    chainInsertMode: 'append',
    allowVXLANPacketsFromWorkloads: true,
    allowIPIPPacketsFromWorkloads: true,
    vxlanPort: 8472,
    workloadSourceSpoofing: 'Any',
    ipForwarding: 'Disabled',
    removeExternalRoutes: false,
    xdpEnabled: false,
    disableConntrackInvalidCheck: true,
    logPrefix: 'margay %t',
    logActionRateLimit: '100/minute',
    logActionRateLimitBurst: 7,
    prometheusMetricsEnabled: true,
    prometheusMetricsHost: '127.0.0.1',
    prometheusMetricsPort: 9099,
    prometheusWireGuardMetricsEnabled: false,
    failsafeInboundHostPorts: [{ protocol: 'UDP', port: 68, net: '10.0.0.0/8' }, { port: 22 }],
    failsafeOutboundHostPorts: [],
  }
  const { encryption: _, dns: __, ...read } = settings(felixConfiguration('default', spec))
  expect({ ...read, failsafeInbound: [] }).toEqual({
    interfacePrefixes: ['cali', 'tap'],
    ipv6Support: false,
    defaultEndpointToHostAction: 'Accept',
    filterAllowAction: 'Return',
    mangleAllowAction: 'Return',
    denyAction: 'Reject',
    chainInsertMode: 'append',
    allowVxlanFromWorkloads: true,
    allowIpipFromWorkloads: true,
    vxlanPort: 8472,
    tunnels: { ipip: false, vxlan: [], wireguard: [] },
    workloadSourceSpoofing: 'Any',
    forwards: false,
    removesExternalRoutes: false,
    dropsEarly: false,
    disableConntrackInvalidCheck: true,
    logPrefix: 'margay %t',
    logRateLimit: { lines: 100, per: 'minute', burst: 7 },
    metrics: { host: '127.0.0.1', port: 9099, wireguard: false },
    failsafeInbound: [],
    failsafeOutbound: [],
  })
  expect(read.failsafeInbound.map(({ net, ...it }) => [it, net && formatCidr(net)])).toEqual([
    [{ protocol: 17, port: 68 }, '10.0.0.0/8'],
    [{ protocol: 6, port: 22 }, undefined],
  ])
})

test('the configuration of a node is before that of selected nodes, and that before the one for all', () => {
  const { logPrefix, vxlanPort, defaultEndpointToHostAction } = settings(
    node('n1', { zone: 'north' }, '10.0.0.1'),
    felixConfiguration('default', {
      logPrefix: 'all',
      vxlanPort: 1,
      defaultEndpointToHostAction: 'Return',
    }),
    felixConfiguration('north', { nodeSelector: "zone == 'north'", logPrefix: 'north', vxlanPort: 2 }),
    felixConfiguration('node.n1', { logPrefix: 'mine' }),
    felixConfiguration('node.n2', { logPrefix: 'another', vxlanPort: 3 }),
  )
  expect([logPrefix, vxlanPort, defaultEndpointToHostAction]).toEqual(['mine', 2, 'Return'])
})

test('of several that select the node the oldest counts, and one that selects others does not', () => {
  const { vxlanPort, logPrefix } = settings(
    node('n1', { zone: 'north' }, '10.0.0.1'),
    created(
      felixConfiguration('a', { nodeSelector: 'has(zone)', vxlanPort: 1, logPrefix: 'a' }),
      '2026-02-01T00:00:00Z',
    ),
    created(felixConfiguration('b', { nodeSelector: 'has(zone)', vxlanPort: 2 }), '2026-01-01T00:00:00Z'),
    created(felixConfiguration('c', { nodeSelector: 'has(rack)', vxlanPort: 3 }), '2025-01-01T00:00:00Z'),
  )
  expect([vxlanPort, logPrefix]).toEqual([2, 'calico-packet'])
})

test('an empty text is as if absent', () => {
  const { defaultEndpointToHostAction, interfacePrefixes } = settings(
    felixConfiguration('default', { defaultEndpointToHostAction: 'Accept', interfacePrefix: 'tap' }),
    felixConfiguration('node.n1', { defaultEndpointToHostAction: '', interfacePrefix: '' }),
  )
  expect([defaultEndpointToHostAction, interfacePrefixes]).toEqual(['Accept', ['tap']])
})

const pool = (name: string, cidr: string, spec: object) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name },
  spec: { cidr, ...spec },
})
const pools = [
  pool('a', '10.1.0.0/16', { ipipMode: 'CrossSubnet' }),
  pool('b', '10.2.0.0/16', { vxlanMode: 'Always', disabled: true }),
  pool('c', 'fd00::/64', { vxlanMode: 'CrossSubnet' }),
]

test('tunnels are those of the pools, and of WireGuard', () => {
  const wireguard = { wireguardEnabled: true, wireguardEnabledV6: true, wireguardListeningPort: 5000 }
  expect(settings(pool('plain', '10.0.0.0/16', {})).tunnels).toEqual({
    ipip: false,
    vxlan: [],
    wireguard: [],
  })
  expect(settings(...pools, felixConfiguration('default', wireguard)).tunnels).toEqual({
    ipip: true,
    vxlan: [4, 6],
    wireguard: [
      { version: 4, port: 5000 },
      { version: 6, port: 51821 },
    ],
  })
})

test('a setting counts more than the pools; that of VXLAN is about IPv4', () => {
  const off = felixConfiguration('default', { ipipEnabled: false, vxlanEnabled: false })
  const on = felixConfiguration('node.n1', { ipipEnabled: true, vxlanEnabled: true })
  expect(settings(...pools, off).tunnels).toMatchObject({ ipip: false, vxlan: [6] })
  expect(settings(on).tunnels).toMatchObject({ ipip: true, vxlan: [4] })
})

test('what the operator is told counts where no configuration of the node says otherwise', () => {
  const portsOf = (...given: Given) => settings(...given).tunnels.wireguard
  const v4 = { version: 4, port: 51820 }
  const off = { wireguardEnabled: false }
  const isNorth = { nodeSelector: "zone == 'north'" }
  expect(portsOf(installation('Enabled'))).toEqual([v4])
  expect(portsOf(installation('Disabled'))).toEqual([])
  expect(portsOf(installation('Enabled', 'other'))).toEqual([])
  expect(portsOf(installation('Enabled'), felixConfiguration('default', { logPrefix: 'x' }))).toEqual([v4])
  expect(
    portsOf(installation('Disabled'), felixConfiguration('default', { wireguardEnabled: true })),
  ).toEqual([v4])
  expect(portsOf(installation('Enabled'), felixConfiguration('default', off))).toEqual([])
  expect(portsOf(installation('Enabled'), felixConfiguration('node.n1', off))).toEqual([])
  expect(portsOf(installation('Enabled'), felixConfiguration('node.n2', off))).toEqual([v4])
  expect(portsOf(installation('Enabled'), felixConfiguration('north', { ...off, ...isNorth }))).toEqual([v4])
  const north = node('n1', { zone: 'north' }, '10.0.0.1')
  expect(
    portsOf(installation('Enabled'), north, felixConfiguration('north', { ...off, ...isNorth })),
  ).toEqual([])
})
