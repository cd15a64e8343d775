/**
 * Packets that carry those of pods between nodes pass in front of host endpoints, between nodes only. With host endpoints that deny
 * everything, in a lab of two nodes and a machine beside them.
 */
import { createLab, type Lab, type LabMember, type LabNode } from '@margay/lab'
import type { ResourceObject } from '@margay/resources'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LabAgent } from './lab-agent.ts'

let lab: Lab
let [a, b]: LabNode[] = []
let stranger: LabMember
let agent: LabAgent

beforeAll(async () => {
  lab = await createLab({ name: `tunnels${process.pid}` })
  a = await lab.addNode('a')
  b = await lab.addNode('b')
  stranger = await lab.addExternalMachine({
    name: 'stranger',
    node: 'a',
    ips: ['203.0.113.7', '2001:db8::7'],
  })
  await lab.serve([a, b, stranger], { udp: [vxlanPort, ...Object.values(wireguardPorts), plain.port] })
  agent = new LabAgent(a)
})
afterAll(() => lab?.close())
beforeEach(async () => {
  agent.enforce(objects)
  await lab.flushConntrack(nodeA())
})

const vxlanPort = 4789
/** One for each IP version: a device listens over both. */
const wireguardPorts = { 4: 51820, 6: 51821 } as const

function nodeA(): LabNode {
  if (a === undefined) throw new Error('there is no node a')
  return a
}

function nodeB(): LabNode {
  if (b === undefined) throw new Error('there is no node b')
  return b
}

const calico = (kind: string, name: string, spec: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata: { name, labels: { role: 'host' } },
  spec,
})

const nodeObject = ({ name, ips }: LabNode): ResourceObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { addresses: ips.map((address) => ({ type: 'InternalIP', address })) },
})

let objects: ResourceObject[]
beforeAll(() => {
  objects = [
    nodeObject(nodeA()),
    nodeObject(nodeB()),
    calico('HostEndpoint', 'all', { node: 'a', interfaceName: '*' }),
    calico('GlobalNetworkPolicy', 'none', {
      selector: "role == 'host'",
      types: ['Ingress', 'Egress'],
      // Neighbours must find each other.
      ingress: [{ action: 'Allow', protocol: 'ICMPv6' }, { action: 'Deny' }],
      egress: [{ action: 'Allow', protocol: 'ICMPv6' }, { action: 'Deny' }],
    }),
    calico('IPPool', 'four', { cidr: '10.65.0.0/16', ipipMode: 'Always' }),
    calico('IPPool', 'six', { cidr: 'fd65::/64', vxlanMode: 'Always' }),
    calico('FelixConfiguration', 'default', {
      vxlanEnabled: true,
      wireguardEnabled: true,
      wireguardEnabledV6: true,
    }),
  ]
})

type Packet = { readonly protocol: number; readonly port?: number }

const [ipip, vxlan] = [{ protocol: 4 }, { protocol: 17, port: vxlanPort }]
const wireguard = (version: 4 | 6) => ({ protocol: 17, port: wireguardPorts[version] })
const plain = { protocol: 17, port: 9999 }

async function outcome(from: LabMember, to: LabMember, version: 4 | 6, packet: Packet): Promise<string> {
  const address = to.ips.find((ip) => ip.includes(':') === (version === 6)) ?? ''
  const { outcome } = await lab.probe({ from, to: address, witness: to, timeoutMs: 300, ...packet })
  return outcome
}

describe.each([4, 6] as const)('over IPv%d', (version) => {
  test('VXLAN passes between nodes, in both directions, and from nowhere else', async () => {
    expect(await outcome(nodeB(), nodeA(), version, vxlan)).toBe('reached')
    expect(await outcome(nodeA(), nodeB(), version, vxlan)).toBe('reached')
    expect(await outcome(stranger, nodeA(), version, vxlan)).toBe('blocked')
    expect(await outcome(nodeA(), stranger, version, vxlan)).toBe('blocked')
  })

  test('WireGuard passes from and to anybody', async () => {
    for (const other of [nodeB(), stranger]) {
      expect(await outcome(other, nodeA(), version, wireguard(version))).toBe('reached')
      expect(await outcome(nodeA(), other, version, wireguard(version))).toBe('reached')
    }
  })

  test('nothing else does', async () => {
    for (const other of [nodeB(), stranger]) {
      expect(await outcome(other, nodeA(), version, plain)).toBe('blocked')
      expect(await outcome(nodeA(), other, version, plain)).toBe('blocked')
    }
  })

  test('a tunnel ends for a node that leaves the cluster, whatever connection tracking knows of it', async () => {
    const to = nodeA().ips.find((ip) => ip.includes(':') === (version === 6)) ?? ''
    const request = { from: nodeB(), to, protocol: 'UDP', port: vxlanPort } as const
    const stream = await lab.openStream(request, { intervalMs: 5 })
    expect(await stream.waitForEchoes(5, 2000)).toBe(true)
    agent.enforce(objects.filter(({ metadata }) => metadata.name !== 'b'))
    await stream.waitForEchoes(1, 50)
    expect(await stream.waitForEchoes(1, 300)).toBe(false)
    agent.enforce(objects)
    expect(await stream.waitForEchoes(5, 2000)).toBe(true)
    stream.close()
  })
})

test('IPIP passes between nodes over IPv4, and from nowhere else', async () => {
  expect(await outcome(nodeB(), nodeA(), 4, ipip)).toBe('reached')
  expect(await outcome(nodeA(), nodeB(), 4, ipip)).toBe('reached')
  expect(await outcome(stranger, nodeA(), 4, ipip)).toBe('blocked')
  expect(await outcome(nodeA(), stranger, 4, ipip)).toBe('blocked')
  expect(await outcome(nodeB(), nodeA(), 6, ipip)).toBe('blocked')
})

test('without pools and settings that say so, they are packets like others', async () => {
  agent.enforce(objects.filter(({ kind }) => kind !== 'IPPool' && kind !== 'FelixConfiguration'))
  for (const packet of [ipip, vxlan, wireguard(4)]) {
    expect(await outcome(nodeB(), nodeA(), 4, packet)).toBe('blocked')
    expect(await outcome(nodeA(), nodeB(), 4, packet)).toBe('blocked')
  }
})

test('without host endpoints, they come from nodes only all the same', async () => {
  agent.enforce(objects.filter(({ kind }) => kind !== 'HostEndpoint'))
  for (const packet of [ipip, vxlan]) {
    expect(await outcome(nodeB(), nodeA(), 4, packet)).toBe('reached')
    expect(await outcome(stranger, nodeA(), 4, packet)).toBe('blocked')
    expect(await outcome(nodeA(), stranger, 4, packet)).toBe('reached')
  }
  expect(await outcome(stranger, nodeA(), 4, plain)).toBe('reached')
})
