/**
 * What untracked policy denies is dropped where frames come in, before the kernel spends anything on it; everything else goes its
 * way, also fragments, tagged frames and failsafe ports. With real frames of a machine beside the cluster. Needs root.
 */
import { Enforcer, NetlinkDriver } from '@margay/agent'
import { table } from '@margay/dataplane'
import {
  createLab,
  encodeEthernet,
  encodeIpPacket,
  encodeUdp,
  etherTypes,
  hostSideMac,
  type Lab,
  type LabNode,
  type LabPod,
  LinkSocket,
} from '@margay/lab'
import { Nftables } from '@margay/netlink'
import type { NftRule } from '@margay/netlink/nftables'
import { buildPolicyState, type PolicyState } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tableOf } from './policy-lab.ts'

const floodSize = 10_000
const attackerIps = ['203.0.113.10', '2001:db8:bad::10'] as const
const friendIps = ['198.51.100.10', '2001:db8:1::10'] as const
/** Policy leaves the attacker one port. */
const [openPort, closedPort] = [5000, 9000]

let lab: Lab
let node: LabNode
let attacker: LabPod
let friend: LabPod
let driver: NetlinkDriver
let enforcer: Enforcer
let reader: Nftables

beforeAll(async () => {
  lab = await createLab({ name: `early${process.pid}` })
  node = await lab.addNode('node-1')
  friend = await lab.addExternalMachine({ name: 'friend', node: node.name, ips: friendIps })
  attacker = await addAttacker()
  await lab.serve([node], { tcp: [22, 80], udp: [openPort, closedPort, 40_000] })
  driver = new NetlinkDriver(node.netns)
  enforcer = new Enforcer(driver)
  reader = Nftables.open({ netns: node.netns })
  await lab.runInNode(node, 'nft', ['-f', '-'], witness)
})
afterAll(async () => {
  driver?.close()
  reader?.close()
  await lab?.close()
})
beforeEach(async () => {
  enforce(guarded)
  await lab.flushConntrack(node)
})

/** What gets to the first hook of IP, before anything of ours there. */
const witness = `
add table inet witness
add chain inet witness first { type filter hook prerouting priority -350; }
add rule inet witness first iifname "ext-attacker" meta l4proto udp counter comment "seen"
`

function addAttacker(): Promise<LabPod> {
  return lab.addExternalMachine({ name: 'attacker', node: 'node-1', ips: attackerIps })
}

function stateOf(...objects: ResourceObject[]): PolicyState {
  return buildPolicyState(admitAll(objects)).state
}

function v3(kind: string, name: string, spec: object, labels = {}): ResourceObject {
  return { apiVersion: 'projectcalico.org/v3', kind, metadata: { name, labels }, spec }
}

function edge(name: string): ResourceObject {
  const spec = { node: 'node-1', interfaceName: name, profiles: ['projectcalico-default-allow'] }
  return v3('HostEndpoint', name, spec, { role: 'edge' })
}

const attackers = v3(
  'GlobalNetworkSet',
  'attackers',
  { nets: ['203.0.113.0/24', '2001:db8:bad::/48'] },
  { threat: 'flood' },
)
const source = { selector: "threat == 'flood'" }
const noFloods = v3('GlobalNetworkPolicy', 'no-floods', {
  order: 1,
  selector: "role == 'edge'",
  types: ['Ingress'],
  doNotTrack: true,
  applyOnForward: true,
  ingress: [
    { action: 'Pass', protocol: 'UDP', source, destination: { ports: [openPort] } },
    { action: 'Log', protocol: 'SCTP', source },
    { action: 'Deny', source },
  ],
})
const edges = [edge('ext-attacker'), edge('ext-friend')]
const open = stateOf(attackers, ...edges)
const guarded = stateOf(attackers, ...edges, noFloods)

/** As the agent does it; what is left over stays. */
function enforce(state: PolicyState): void {
  enforcer.enforce(tableOf(node, state))
}

type At = 'netdev' | 'inet'

/** How many packets the rule with this comment has counted. */
function counted(family: At, comment: string, name = 'margay'): number {
  const content = reader.read({ family, name })
  const rules = [...(content?.chains.values() ?? [])].flatMap((chain) => chain.rules)
  return rules.filter((rule) => rule.comment === comment).reduce((sum, rule) => sum + packetsOf(rule), 0)
}

function packetsOf({ expressions }: NftRule): number {
  const counter = expressions.find(({ type }) => type === 'counter')
  return counter?.type === 'counter' ? Number(counter.packets) : 0
}

const denial = 'gnp:no-floods rule 2: Deny'
const atNetdev = () => counted('netdev', `early: ${denial}`)
const atRaw = () => counted('inet', denial)
const atFirstHook = () => counted('inet', 'seen', 'witness')

/** How much each count grows meanwhile. */
async function growth(work: () => void | Promise<void>) {
  const before = [atNetdev(), atRaw(), atFirstHook()]
  await work()
  const [netdev = 0, raw = 0, firstHook = 0] = [atNetdev(), atRaw(), atFirstHook()].map(
    (count, index) => count - (before[index] ?? 0),
  )
  return { netdev, raw, firstHook }
}

async function trackedConnections(): Promise<number> {
  return Number((await lab.runInNode(node, 'conntrack', ['-C'])).stdout)
}

type Version = 4 | 6
const versions: readonly Version[] = [4, 6]
const at = (ips: readonly string[], version: Version) => ips[version === 4 ? 0 : 1] ?? ''
const etherTypeOf = (version: Version) => (version === 4 ? etherTypes.ipv4 : etherTypes.ipv6)

interface Datagram {
  readonly version: Version
  readonly sourcePort: number
  readonly destinationPort: number
}

function endsOf({ version }: Datagram) {
  return { source: at(attackerIps, version), destination: at(node.ips, version) }
}

function udpOf(datagram: Datagram): Buffer {
  return encodeUdp({ ...endsOf(datagram), ...datagram }, Buffer.alloc(64, 'x'))
}

/** Through a socket of the attacker's link; `tag` is a VLAN's. */
function withMouth<T>(
  use: (frame: (version: Version, packet: Buffer, tag?: number) => Buffer, mouth: LinkSocket) => T,
): T {
  const mouth = new LinkSocket({ netns: attacker.netns, device: 'eth0' })
  const frame = (version: Version, packet: Buffer, tag?: number) => {
    const ends = { source: mouth.hardwareAddress, destination: hostSideMac }
    if (tag === undefined) return encodeEthernet({ ...ends, etherType: etherTypeOf(version) }, packet)
    const inner = Buffer.alloc(4)
    inner.writeUInt16BE(tag, 0)
    inner.writeUInt16BE(etherTypeOf(version), 2)
    return encodeEthernet({ ...ends, etherType: 0x8100 }, Buffer.concat([inner, packet]))
  }
  try {
    return use(frame, mouth)
  } finally {
    mouth.close()
  }
}

/** Each datagram would open a connection. */
function flood(version: Version, count = floodSize): void {
  withMouth((frame, mouth) => {
    const datagrams = Array.from({ length: count }, (_, index) => {
      const datagram = { version, sourcePort: 10_000 + index, destinationPort: closedPort }
      return frame(version, encodeIpPacket({ ...endsOf(datagram), protocol: 17 }, udpOf(datagram)))
    })
    mouth.send(datagrams)
  })
}

/** Two pieces, of which only the first has the ports; does the node answer? */
async function answersToPieces(
  datagram: Datagram,
  order: 'first piece first' | 'last piece first',
  waitsForAnswer = 1000,
) {
  const { version, sourcePort } = datagram
  const udp = udpOf(datagram)
  const pieces = withMouth((frame) =>
    [0, 24].map((offset) => {
      const fragment = { id: sourcePort, offset, isLast: offset > 0 }
      const piece = offset === 0 ? udp.subarray(0, 24) : udp.subarray(24)
      return frame(version, encodeIpPacket({ ...endsOf(datagram), protocol: 17, fragment }, piece))
    }),
  )
  const ear = new LinkSocket({ netns: attacker.netns, device: 'eth0', etherType: etherTypeOf(version) })
  try {
    ear.send(order === 'first piece first' ? pieces : pieces.toReversed())
    const transport = 14 + (version === 4 ? 20 : 40)
    for (let wait = 0; wait < waitsForAnswer; wait++) {
      let isAnswered = false
      ear.receive(({ bytes }) => {
        isAnswered ||= bytes.length > transport + 4 && bytes.readUInt16BE(transport + 2) === sourcePort
      })
      if (isAnswered) return true
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return false
  } finally {
    ear.close()
  }
}

const probe = (
  from: LabPod,
  version: Version,
  what: { port: number; sourcePort?: number; protocol: 'TCP' | 'UDP'; timeoutMs?: number },
) => lab.probe({ from, to: at(node.ips, version), timeoutMs: 150, ...what })

describe.each(versions)('over IPv%i', (version) => {
  test('a flood is dropped where it comes in, and costs no connections', async () => {
    expect(await trackedConnections()).toBe(0)
    expect(await growth(() => flood(version))).toEqual({ netdev: floodSize, raw: 0, firstHook: 0 })
    expect(await trackedConnections()).toBe(0)
  })

  test.each([
    ['of others', () => friend, { protocol: 'UDP', port: closedPort }],
    ['of others, by TCP', () => friend, { protocol: 'TCP', port: 80 }],
    ['that policy passes', () => attacker, { protocol: 'UDP', port: openPort }],
    ['to a failsafe port', () => attacker, { protocol: 'TCP', port: 22 }],
    ['from a failsafe port', () => attacker, { protocol: 'UDP', port: 40_000, sourcePort: 53 }],
  ] as const)('traffic %s arrives', async (_, from, what) => {
    expect(await probe(from(), version, { ...what, timeoutMs: 10_000 })).toMatchObject({
      outcome: 'reached',
    })
  })

  test('other traffic of the attacker does not', async () => {
    const grown = await growth(async () => {
      expect(await probe(attacker, version, { protocol: 'TCP', port: 80 })).toMatchObject({
        outcome: 'blocked',
      })
    })
    expect(grown.netdev).toBeGreaterThan(0)
    expect(grown.raw).toBe(0)
  })

  test.each(['first piece first', 'last piece first'] as const)(
    'a datagram in pieces, %s, is judged when it is whole',
    async (order) => {
      const sourcePort = order === 'first piece first' ? 2001 : 2002
      expect(await answersToPieces({ version, sourcePort, destinationPort: openPort }, order)).toBe(true)
      const grown = await growth(async () => {
        const denied = { version, sourcePort: sourcePort + 10, destinationPort: closedPort }
        expect(await answersToPieces(denied, order, 10)).toBe(false)
      })
      expect(grown).toMatchObject({ netdev: 0, raw: 1 })
    },
  )

  test('the pieces of a datagram from a failsafe port arrive', async () => {
    const datagram = { version, sourcePort: 53, destinationPort: 40_000 }
    expect(await answersToPieces(datagram, 'last piece first')).toBe(true)
  })

  test.each([
    // A number that says nothing but the priority: the kernel takes the tag off.
    ['with no number is judged once the tag is off', 0, { netdev: 0, raw: 1, firstHook: 1 }],
    ["with a number is another device's, which no policy is about", 7, { netdev: 0, raw: 0, firstHook: 0 }],
  ])('a tagged frame %s', async (_, tag, expected) => {
    const grown = await growth(() =>
      withMouth((frame, mouth) => {
        const datagram = { version, sourcePort: 3000, destinationPort: closedPort }
        const packet = encodeIpPacket({ ...endsOf(datagram), protocol: 17 }, udpOf(datagram))
        mouth.send([frame(version, packet, tag)])
      }),
    )
    expect(grown).toEqual(expected)
  })
})

test('the kernel holds what was sent, and an agent that starts anew changes nothing', () => {
  const { batches, removals } = new Enforcer(driver).difference(tableOf(node, guarded))
  enforcer.tidy()
  expect(batches).toEqual([])
  expect(removals.filter(({ do: what }) => what === 'delete-table')).toEqual([])
})

test('when policy denies no longer, the hook lets through from the same moment on', async () => {
  enforce(open)
  const grown = await growth(() => flood(4, 100))
  expect(grown).toEqual({ netdev: 0, raw: 0, firstHook: 100 })
  // What is left over is not unhooked a second time.
  enforce(open)
  enforcer.tidy()
  expect(reader.read(table('netdev'))).toBeUndefined()
  enforce(guarded)
  expect(await growth(() => flood(4, 100))).toMatchObject({ netdev: 100, firstHook: 0 })
})

test('a device that goes and comes again is guarded again', async () => {
  const compiledBefore = tableOf(node, guarded)
  await lab.removePod(attacker)
  new Enforcer(driver).enforce(compiledBefore)
  enforcer.readAgain(table('netdev'))
  enforce(guarded)
  const hook = () => reader.read(table('netdev'))?.chains.get('ingress')?.chain.hook
  expect(hook()?.devices).toEqual(['ext-friend'])
  attacker = await addAttacker()
  enforcer.readAgain(table('netdev'))
  enforce(guarded)
  expect(hook()?.devices?.toSorted()).toEqual(['ext-attacker', 'ext-friend'])
  expect(await growth(() => flood(4, 100))).toEqual({ netdev: 100, raw: 0, firstHook: 0 })
})

test('the last device that goes takes no error along', async () => {
  const only = stateOf(attackers, edge('ext-attacker'), noFloods)
  enforce(only)
  await lab.removePod(attacker)
  enforcer.readAgain(table('netdev'))
  enforce(only)
  enforcer.tidy()
  expect(reader.read(table('netdev'))).toBeUndefined()
  attacker = await addAttacker()
  enforce(only)
  expect(await growth(() => flood(4, 100))).toEqual({ netdev: 100, raw: 0, firstHook: 0 })
})

test('a device that becomes the port of a bridge is not hooked', async () => {
  await lab.runInNode(node, 'ip', ['link', 'add', 'br0', 'type', 'bridge'])
  try {
    await lab.runInNode(node, 'ip', ['link', 'set', 'ext-friend', 'master', 'br0'])
    enforce(guarded)
    const { hook } = reader.read(table('netdev'))?.chains.get('ingress')?.chain ?? {}
    expect(hook?.devices).toEqual(['ext-attacker'])
  } finally {
    await lab.runInNode(node, 'ip', ['link', 'del', 'br0'])
  }
})
