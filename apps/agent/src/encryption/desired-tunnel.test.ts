/** What went wrong once between two ends of the encrypted network. */
import { type Cidr, type Ip, parseCidr, parseIp } from '@margay/netset'
import { expect, test } from 'vitest'
import { ClusterModel, type TestCluster, type TestNode } from './cluster.testkit.ts'

const ip = (text: string) => parseIp(text) as Ip
const cidr = (text: string) => parseCidr(text) as Cidr

function node(name: string, change: Partial<TestNode> = {}): TestNode {
  const number = name.charCodeAt(0) - 96
  return {
    name,
    isOn: true,
    publicKey: `key of ${name}`,
    isMalformed: false,
    address: ip(`192.0.2.${number}`),
    interfaceAddress: undefined,
    podCidrs: [cidr(`10.0.${number}.0/24`)],
    ...change,
  }
}

function clusterOf(nodes: readonly TestNode[], change: Partial<TestCluster> = {}): TestCluster {
  const none = { pods: [], pools: [], exempt: [], required: false, hostEncryption: false }
  return { version: 4, nodes, ...none, ...change }
}

const pods = [
  { node: 'a', ip: ip('10.0.1.1') },
  { node: 'b', ip: ip('10.0.2.1') },
]
const [ofA, ofB] = [ip('10.0.1.1'), ip('10.0.2.1')]

function bothWays(world: TestCluster) {
  const model = new ClusterModel(world)
  return [
    model.send({ from: 'pod', at: 'a', to: 'b', source: ofA, destination: ofB }),
    model.send({ from: 'pod', at: 'b', to: 'a', source: ofB, destination: ofA }),
  ]
}

test.each([
  ['has not been told', { publicKey: undefined }, 'NoKey'],
  ['is malformed', { publicKey: undefined, isMalformed: true }, 'MalformedKey'],
  ['is also that of another node', { publicKey: 'key of c' }, 'SharedKey'],
  ['is of a node without an address', { address: undefined }, 'NoAddress'],
] as const)('a node whose key %s sent into its tunnel what all others refused', (_, change, reason) => {
  const world = clusterOf([node('a', change), node('b'), node('c')], { pods })
  expect(bothWays(world)).toEqual(['clear', 'clear'])
  expect(new ClusterModel(world).end('a').tunnel?.unusable).toBe(reason)
  expect(bothWays({ ...world, required: true })).toEqual(['dropped by the guard', 'dropped by the guard'])
})

test('a node whose key is not told yet takes what its peers encrypt already', () => {
  const { tunnel } = new ClusterModel(clusterOf([node('a', { publicKey: undefined }), node('b')])).end('a')
  expect([...(tunnel?.peers.keys() ?? [])]).toEqual(['b'])
  expect(tunnel?.routes.get('10.0.2.0/24')).toBe('Throw')
})

test("a pod whose address lies in another node's block inside of its own node's was taken as the other node's", () => {
  const nodes = [node('a', { podCidrs: [cidr('10.0.0.0/16')] }), node('b')]
  const own = { node: 'a', ip: ip('10.0.2.9') }
  const model = new ClusterModel(clusterOf(nodes, { pods: [...pods, own] }))
  expect(model.end('b').tunnel?.peers.get('a')?.allowedIps).toEqual(['10.0.0.0/16', '10.0.2.9/32'])
  expect(model.end('a').tunnel?.routes.get('10.0.2.9/32')).toBe('Throw')
})

test('pods of a node whose block another node has as well had no address of their own', () => {
  const nodes = [node('a'), node('b', { podCidrs: [cidr('10.0.1.0/24')] })]
  const world = clusterOf(nodes, {
    pods: [
      { node: 'a', ip: ofA },
      { node: 'b', ip: ip('10.0.1.77') },
    ],
  })
  const { tunnel } = new ClusterModel(world).end('a')
  expect(tunnel?.peers.get('b')?.allowedIps).toEqual(['10.0.1.77/32'])
  expect(tunnel?.problems).toEqual(["nodes a and b both have 10.0.1.0/24: it is taken as a's"])
})

test('a node answered pods from its own address through the tunnel, where its device has another one', () => {
  const nodes = [node('a', { interfaceAddress: ip('10.0.1.200') }), node('b')]
  const model = new ClusterModel(clusterOf(nodes, { pods }))
  const from = (source: string) =>
    model.send({ from: 'host', at: 'a', to: 'b', source: ip(source), destination: ofB })
  expect(from('192.0.2.1')).toBe('clear')
  expect(from('10.0.1.200')).toBe('encrypted')
})

test.each([false, true])(
  "where nodes' addresses are among those of pods, pods reach nodes, required: %s",
  (required) => {
    const nodes = [node('a', { address: ip('10.0.2.250') }), node('b', { address: ip('10.0.1.250') })]
    const model = new ClusterModel(clusterOf(nodes, { pods, required, pools: [cidr('10.0.0.0/8')] }))
    const toHost = { from: 'pod', at: 'a', to: 'b', source: ofA, destination: ip('10.0.1.250') } as const
    const toPod = { from: 'host', at: 'b', to: 'a', source: ip('10.0.1.250'), destination: ofA } as const
    expect([model.send(toHost), model.send(toPod)]).toEqual(['clear', 'clear'])
  },
)
