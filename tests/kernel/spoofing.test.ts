/**
 * A pod with raw sockets sends what it likes: of each kind of forged packet 10,000, and none passes; what it sends in its own name
 * does. Policy allows everything and reverse path filters of the kernel are off, so that only our own check can refuse.
 * Source: spec/dataplane.md 2.2 (7.) and 3. Needs root.
 *
 * MARGAY_SPOOFS  how many of each kind; 10,000 by default.
 */
import { defaultCompileOptions } from '@margay/dataplane'
import { etherTypes, LinkSocket } from '@margay/lab'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newEnforcer, tableOf } from './policy-lab.ts'
import { forgedNeighbours, honestNeighbours, linkLocalOf } from './spoofing/forged-neighbours.ts'
import { forgeries, honest, type Kind, type Scene } from './spoofing/forgeries.ts'
import { knowledgeOf } from './spoofing/knowledge.ts'
import { gather, openWorld, type Players } from './spoofing/players.ts'
import { payloadOf, Witness } from './spoofing/witness.ts'

const count = Number(process.env.MARGAY_SPOOFS ?? 10_000)

let players: Players
let scene: Scene
let witness: Witness
let mouth: LinkSocket
let run = 0

beforeAll(async () => {
  players = await gather()
  const { lab, liar, node, otherNode } = players
  mouth = new LinkSocket({ netns: liar.netns, device: 'eth0' })
  scene = { ...players, mac: mouth.hardwareAddress }
  const state = openWorld()
  for (const each of [node, otherNode]) {
    const options = {
      ...defaultCompileOptions,
      settings: { defaultEndpointToHostAction: 'Accept' } as const,
    } as const
    await newEnforcer(each).enforce(tableOf(each, state, options))
  }
  // As Calico leaves a pod's interface, or less strict: spec/dataplane.md 3. New flows are soon forgotten.
  const settings = {
    'net.ipv4.conf.all.rp_filter': 0,
    [`net.ipv4.conf.${liar.interfaceName}.rp_filter`]: 0,
    [`net.ipv4.conf.${liar.interfaceName}.route_localnet`]: 1,
    [`net.ipv4.neigh.${liar.interfaceName}.proxy_delay`]: 0,
    'net.netfilter.nf_conntrack_udp_timeout': 1,
  }
  const args = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  await lab.runInNode(node, 'sysctl', ['-q', '-w', ...args])
  await lab.runInNode(otherNode, 'sysctl', ['-q', '-w', 'net.netfilter.nf_conntrack_udp_timeout=1'])
  witness = await Witness.place(players)
})
afterAll(async () => {
  mouth?.close()
  witness?.close()
  await players?.lab.close()
})
beforeEach(async () => {
  await players.lab.flushConntrack(players.node)
  await players.lab.flushConntrack(players.otherNode)
})

/** How many of so many packets passed. */
function passed({ forge }: Kind): Promise<number> {
  const id = ++run
  const indices = Array.from({ length: count }, (_, index) => index)
  const frames = indices.flatMap((index) => forge(scene, index, payloadOf(id, index)))
  return witness.passed(id, () => mouth.send(frames))
}

describe('what a pod sends in its own name arrives', () => {
  test.each(honest.map((kind) => [kind.name, kind] as const))('%s', async (_, kind) => {
    expect(await passed(kind)).toBe(count)
  })
})

describe(`none of ${count} packets passes that pretends to be from`, () => {
  test.each(forgeries.map((kind) => [kind.name, kind] as const))('%s', async (_, kind) => {
    expect(await passed(kind)).toBe(0)
  })
})

describe('a node that is asked by a neighbour', () => {
  test.each([
    ['ARP', honestNeighbours.arp, etherTypes.arp, 20],
    ['a neighbour solicitation', honestNeighbours.solicitation, etherTypes.ipv6, 54],
    ['one of its link-local address', honestNeighbours.linkLocalSolicitation, etherTypes.ipv6, 54],
  ] as const)('answers %s, and learns who asked', async (_, forge, etherType, typeAt) => {
    const ear = new LinkSocket({ netns: players.liar.netns, device: 'eth0', etherType })
    try {
      mouth.send([forge(scene, 0)])
      await expect.poll(() => answersIn(ear, typeAt)).toBeGreaterThan(0)
    } finally {
      ear.close()
    }
  })

  test('that is told so learns nothing but what is true', async () => {
    await players.lab.runInNode(players.node, 'ip', ['neigh', 'flush', 'nud', 'stale'])
    mouth.send([honestNeighbours.linkLocalSolicitation(scene, 0)])
    const { interfaceName } = players.liar
    const line = `${linkLocalOf(scene.mac)} on ${interfaceName} is ${scene.mac}`
    expect(await knowledgeOf(players.lab, players.node)).toContain(line)
  })
})

/** ARP replies (operation 2), neighbour advertisements (type 136). */
function answersIn(ear: LinkSocket, typeAt: number): number {
  let answers = 0
  ear.receive(({ bytes }) => {
    const type = typeAt === 20 ? bytes.readUInt16BE(typeAt) : bytes.readUInt8(typeAt)
    if (type === (typeAt === 20 ? 2 : 136)) answers++
  })
  return answers
}

describe(`of ${count} messages the node learns nothing:`, () => {
  test.each(forgedNeighbours.map((kind) => [kind.name, kind] as const))('%s', async (_, { forge }) => {
    const { lab, node } = players
    const before = await knowledgeOf(lab, node)
    mouth.send(Array.from({ length: count }, (_, index) => forge(scene, index)))
    const learned = (await knowledgeOf(lab, node)).difference(before)
    await forget(learned)
    expect([...learned].slice(0, 3)).toEqual([])
  })
})

/** So that what one kind leaves behind does not hide what another one does. */
async function forget(learned: ReadonlySet<string>): Promise<void> {
  if (learned.size === 0) return
  const { lab, node, liar } = players
  for (const family of ['-4', '-6']) {
    for (const state of ['stale', 'reachable', 'delay', 'probe', 'failed']) {
      await lab.runInNode(node, 'ip', [family, 'neigh', 'flush', 'dev', liar.interfaceName, 'nud', state])
    }
  }
}
