/** Tunnels between nodes, where policy of host endpoints denies everything; random worlds seldom meet them on their way out. */
import { type NodeSettings, StateBuilder } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll, type Packet, type PathProbe } from '@margay/testkit'
import { expect, test } from 'vitest'
import { tunnelNodes, tunnelRules } from '../emit/tunnels.ts'
import { traverse } from '../interpret/path.testkit.ts'
import { nodeOf, packetOf, pathDifference } from '../interpret/path-difference.testkit.ts'
import { Compiler } from './compile.ts'
import { defaultCompileOptions } from './options.ts'

const calico = (kind: string, name: string, spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: { name, labels: { role: 'host' } },
  spec,
})
const node = (name: string, address: string): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

const [own, other] = [node('a', '192.0.2.1'), node('b', '192.0.2.2')]
const policy = [
  calico('HostEndpoint', 'h', { node: 'a', interfaceName: 'eth0' }),
  calico('GlobalNetworkPolicy', 'none', { selector: "role == 'host'", types: ['Ingress', 'Egress'] }),
  calico('IPPool', 'pool', { cidr: '10.0.0.0/8', ipipMode: 'Always' }),
  calico('FelixConfiguration', 'default', { vxlanEnabled: true, wireguardEnabled: true }),
]
const interfaces = [{ name: 'eth0', addresses: ['192.0.2.1'] }]
const payloads = [
  { protocol: 4 },
  { protocol: 17, sourcePort: 50_000, destinationPort: 4789 },
  { protocol: 17, sourcePort: 50_000, destinationPort: 51820 },
  { protocol: 17, sourcePort: 50_000, destinationPort: 9999 },
]

const probe = (from: string | undefined, packet: Packet): PathProbe => {
  const to = from === undefined ? 'eth0' : undefined
  return { node: 'a', interfaces, from, original: { packet, to }, translated: undefined }
}
const probesWith = (far: string): PathProbe[] =>
  payloads.flatMap((payload) => [
    probe('eth0', { sourceIp: far, destinationIp: '192.0.2.1', ...payload }),
    probe(undefined, { sourceIp: '192.0.2.1', destinationIp: far, ...payload }),
  ])
const probes = [...probesWith('192.0.2.2'), ...probesWith('203.0.113.9')]

test('tunnels pass in both directions, and follow as nodes come and go', () => {
  const [builder, compiler] = [new StateBuilder(), new Compiler(defaultCompileOptions)]
  const resources = admitAll([...policy, own, other])
  const worlds = [resources, resources.slice(0, -1), resources].map((world) => {
    const { state, delta } = builder.build(world)
    compiler.update(state, delta, nodeOf(probes[0] as PathProbe))
    const [inet] = compiler.ruleset()
    if (inet === undefined) throw new Error('no table')
    expect(probes.map((each) => pathDifference(state, each, inet))).toEqual(probes.map(() => undefined))
    const passed = probes.filter((each) =>
      traverse(inet, packetOf(state, each)).every(({ verdict }) => verdict === 'accept'),
    )
    return passed.length
  })
  // WireGuard from and to both; with the other node there, IPIP and VXLAN from and to it as well.
  expect(worlds).toEqual([8, 4, 8])
})

test('where nobody uses tunnels, there are neither rules nor sets for them', () => {
  const tunnels = { ipip: false, vxlan: [], wireguard: [] }
  const settings = { tunnels, vxlanPort: 4789 } as unknown as NodeSettings
  expect(tunnelRules(settings, [])).toEqual({ input: [], output: [] })
  expect(tunnelNodes(settings, [])).toEqual([])
})
