/**
 * Whatever a cluster is like: two ends that know the same of it agree about every packet between them. Each address is asked for by itself,
 * at both ends, as kernels and WireGuard devices look for it.
 */
import {
  type Cidr,
  cidrContains,
  formatIp,
  type Ip,
  type IpVersion,
  parseCidr,
  parseIp,
} from '@margay/netset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ClusterModel,
  type Journey,
  type TestCluster,
  type TestNode,
  type TestPod,
} from './cluster.testkit.ts'
import { desiredTunnel } from './desired-tunnel.ts'

const names = ['a', 'b', 'c', 'd']

/** IPv6 clusters are like IPv4's, with other texts. */
function ipOf(version: IpVersion, text: string): Ip {
  return parseIp(version === 4 ? text : `fd00::${text}`) as Ip
}

function cidrOf(version: IpVersion, text: string): Cidr {
  const [address, length] = text.split('/')
  return parseCidr(version === 4 ? text : `fd00::${address}/${96 + Number(length)}`) as Cidr
}

/** Nested, equal and apart. */
const blocks = [
  '10.0.0.0/23',
  '10.0.0.0/24',
  '10.0.0.128/25',
  '10.0.1.0/24',
  '10.0.2.0/24',
  '10.0.2.0/26',
  '10.9.0.0/24',
]
/** Within blocks and outside of them, of pools and of none. */
const podAddresses = [
  '10.0.0.5',
  '10.0.0.130',
  '10.0.1.9',
  '10.0.2.3',
  '10.0.2.70',
  '10.0.5.5',
  '10.9.0.1',
  '10.77.0.3',
  '172.16.0.9',
]
const exempts = ['10.77.0.0/16', '10.0.1.0/28', '10.0.2.0/24', '10.0.0.0/22', '172.16.0.0/12']

const key = fc.constantFrom('own', 'own', 'own', 'own', 'none', 'malformed', 'shared')

function nodeArbitrary(version: IpVersion, name: string): fc.Arbitrary<TestNode> {
  const index = names.indexOf(name)
  return fc
    .record({
      key,
      isOn: fc.boolean().map((isOff) => !isOff || index > 0),
      hasAddress: fc.nat(9).map((n) => n > 0),
      isAmongPods: fc.nat(4).map((n) => n === 0),
      hasInterfaceAddress: fc.boolean(),
      podCidrs: fc.uniqueArray(fc.constantFrom(...blocks), { maxLength: 2 }),
    })
    .map(({ key, isOn, hasAddress, isAmongPods, hasInterfaceAddress, podCidrs }) => ({
      name,
      isOn,
      publicKey:
        !isOn || key === 'none' || key === 'malformed'
          ? undefined
          : key === 'shared'
            ? 'shared'
            : `key of ${name}`,
      isMalformed: isOn && key === 'malformed',
      address: hasAddress
        ? ipOf(version, isAmongPods ? `10.0.2.${20 + index}` : `192.0.2.${1 + index}`)
        : undefined,
      interfaceAddress: hasInterfaceAddress ? ipOf(version, `10.0.0.${200 + index}`) : undefined,
      podCidrs: podCidrs.map((text) => cidrOf(version, text)),
    }))
}

const cluster: fc.Arbitrary<TestCluster> = fc.constantFrom<IpVersion>(4, 6).chain((version) =>
  fc.integer({ min: 2, max: names.length }).chain((count) => {
    const some = names.slice(0, count)
    return fc.record({
      version: fc.constant(version),
      nodes: fc.tuple(...some.map((name) => nodeArbitrary(version, name))),
      pods: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...some), fc.constantFrom(...podAddresses)), {
          selector: ([, text]) => text,
        })
        .map((pods) => pods.map(([node, text]): TestPod => ({ node, ip: ipOf(version, text) }))),
      pools: fc
        .constantFrom(['10.0.0.0/16', '10.77.0.0/16'], ['10.0.0.0/8'], [])
        .map((all) => all.map((text) => cidrOf(version, text))),
      exempt: fc
        .uniqueArray(fc.constantFrom(...exempts), { maxLength: 2 })
        .map((all) => all.map((text) => cidrOf(version, text))),
      required: fc.boolean(),
      hostEncryption: fc.boolean(),
    })
  }),
)

/** Others can encrypt what they send to it, and it to them. */
function isAble({ isOn, name, publicKey, address }: TestNode, nodes: readonly TestNode[]): boolean {
  const isShared = nodes.some((other) => other.name !== name && other.publicKey === publicKey)
  return isOn && publicKey !== undefined && !isShared && address !== undefined
}

/** What is to come of a packet between two addresses that have to be encrypted, by the words of the guide. */
function expected({ nodes, exempt, required }: TestCluster, one: End, other: End): Journey {
  if (one.node === other.node) return 'local'
  if (exempt.some((cidr) => cidrContains(cidr, one.ip) || cidrContains(cidr, other.ip))) return 'clear'
  const ends = nodes.filter(({ name }) => name === one.node || name === other.node)
  if (ends.every((node) => isAble(node, nodes))) return 'encrypted'
  return required ? 'dropped by the guard' : 'clear'
}

interface End {
  readonly node: string
  readonly ip: Ip
  /** Who sends and takes there; a pod by default. */
  readonly from?: 'host'
}

/** Sent as a packet, its way as it is and as it is to be. */
function agree(model: ClusterModel, one: End, other: End, wanted: Journey): void {
  const { from = 'pod', node: at, ip: source } = one
  const arrow = `${formatIp(source)} > ${formatIp(other.ip)}`
  const journey = model.send({ from, at, to: other.node, source, destination: other.ip })
  expect(`${arrow}: ${journey}`).toBe(`${arrow}: ${wanted}`)
}

const often = { numRuns: 500 }

test('packets between pods are encrypted in both directions, or in the clear in both, or dropped in both', () => {
  fc.assert(
    fc.property(cluster, (world) => {
      const model = new ClusterModel(world)
      for (const one of world.pods)
        for (const other of world.pods)
          if (one !== other) agree(model, one, other, expected(world, one, other))
    }),
    often,
  )
}, 300_000)

const hostsOf = ({ nodes }: TestCluster, field: 'address' | 'interfaceAddress'): End[] =>
  nodes.flatMap(({ name, [field]: ip }) => (ip === undefined ? [] : [{ node: name, ip, from: 'host' }]))

test("between a node's own address and pods, or other nodes, packets are as among pods with host encryption, else in the clear", () => {
  fc.assert(
    fc.property(cluster, (world) => {
      const model = new ClusterModel(world)
      const hosts = hostsOf(world, 'address')
      for (const one of hosts)
        for (const other of [...hosts, ...world.pods]) {
          if (one.node === other.node) continue
          const wanted = world.hostEncryption ? expected(world, one, other) : 'clear'
          agree(model, one, other, wanted)
          agree(model, other, one, wanted)
        }
    }),
    often,
  )
}, 300_000)

test("the address of a node's device is as those of its pods", () => {
  fc.assert(
    fc.property(cluster, (world) => {
      const model = new ClusterModel(world)
      for (const one of hostsOf(world, 'interfaceAddress'))
        for (const other of world.pods) {
          if (one.node === other.node) continue
          agree(model, one, other, expected(world, one, other))
          agree(model, other, one, expected(world, one, other))
        }
    }),
    often,
  )
}, 300_000)

test('what a process sends without choosing its source leaves with one that the other end takes', () => {
  fc.assert(
    fc.property(cluster, (world) => {
      const model = new ClusterModel(world)
      for (const { name, address } of world.nodes)
        for (const pod of world.pods.filter(({ node }) => node !== name)) {
          const { unbound, tunnel } = bothOf(model, name, pod.ip)
          const source = typeof unbound === 'number' ? tunnel?.address : address
          if (source === undefined) continue
          const packet = { from: 'host', at: name, to: pod.node, source, destination: pod.ip } as const
          const allowed: Journey[] = typeof unbound === 'number' ? ['encrypted', 'clear'] : ['clear']
          expect(world.required ? [...allowed, 'dropped by the guard'] : allowed).toContain(
            model.send(packet),
          )
        }
    }),
    often,
  )
}, 300_000)

function bothOf(model: ClusterModel, name: string, ip: Ip) {
  const end = model.end(name)
  return { unbound: end.unbound(ip), tunnel: end.tunnel }
}

test('what comes from outside is not led into a tunnel', () => {
  fc.assert(
    fc.property(cluster, fc.constantFrom(...podAddresses, '198.51.100.9'), (world, from) => {
      const model = new ClusterModel(world)
      const source = ipOf(world.version, from)
      for (const { name } of world.nodes)
        for (const { ip } of world.pods)
          expect(model.end(name).wayOf({ from: 'outside', source, destination: ip })).toBe('Main')
    }),
  )
}, 300_000)

test('where encryption is required, nothing goes in the clear to addresses of pools that nobody is known to have', () => {
  fc.assert(
    fc.property(cluster, fc.constantFrom(...podAddresses, '10.0.9.9', '198.51.100.9'), (world, text) => {
      const model = new ClusterModel({ ...world, required: true })
      const destination = ipOf(world.version, text)
      const isOf = (cidrs: readonly Cidr[]) => cidrs.some((cidr) => cidrContains(cidr, destination))
      for (const { node, ip: source } of world.pods) {
        const packet = { from: 'pod', source, destination } as const
        const [end, isExempt] = [
          model.end(node),
          isOf(world.exempt) || world.exempt.some((it) => cidrContains(it, source)),
        ]
        const isClear =
          end.wayOf(packet) === 'Main' && end.lets({ ...packet, at: node, to: '' }, 'pod', destination)
        if (isOf(world.pools) && !isExempt) expect(isClear).toBe(false)
        if (isExempt || text.startsWith('198')) expect(isClear).toBe(true)
      }
    }),
    often,
  )
}, 300_000)

test('no two peers have the same address, the own node is no peer, and the order in which nodes come says nothing', () => {
  fc.assert(
    fc.property(cluster, fc.nat(3), (world, turns) => {
      const nodes = [...world.nodes.slice(turns), ...world.nodes.slice(0, turns)].toReversed()
      for (const { name } of world.nodes) {
        const end = new ClusterModel(world).end(name)
        const peers = [...(end.tunnel?.peers.values() ?? [])]
        const all = peers.flatMap(({ allowedIps }) => allowedIps)
        expect(new Set(all).size).toBe(all.length)
        expect(peers.map(({ node }) => node)).not.toContain(name)
        const other = desiredTunnel({ ...end.world, nodes })
        expect(other?.peers).toEqual(end.tunnel?.peers)
        expect(other?.routes).toEqual(end.tunnel?.routes)
      }
    }),
  )
}, 300_000)

test('a node is told as in the clear exactly if it is no peer', () => {
  fc.assert(
    fc.property(cluster, (world) => {
      const model = new ClusterModel(world)
      for (const { name } of world.nodes) {
        const { tunnel } = model.end(name)
        if (tunnel === undefined) continue
        const told = [...tunnel.peers.keys(), ...tunnel.clear.map(({ node }) => node)]
        expect(told.sort()).toEqual(world.nodes.map((node) => node.name).filter((node) => node !== name))
        const isAlone = !isAble(world.nodes.find((node) => node.name === name) as TestNode, world.nodes)
        expect(tunnel.unusable !== undefined).toBe(isAlone)
      }
    }),
  )
}, 300_000)
