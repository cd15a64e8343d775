/** In small worlds, every packet that rules can tell from others is asked of the evaluator, and of the sets of exact analysis. */
import type { Ip } from '@margay/netset'
import { inWorld, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { Flow } from '../model/flow.ts'
import { hasPorts, protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity } from './connectivity.ts'
import { peerOf } from './witness.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns } = runs(process.env, 100)
const mostPolicies = 3

/** Few policies, so that all packets can be asked about. */
const smallWorlds = worlds(smallCast).map((objects) => {
  const policies = objects.filter(({ kind }) => kind.endsWith('NetworkPolicy'))
  const left = new Set(policies.slice(mostPolicies))
  return objects.filter((it) => !left.has(it))
})

test('exact analysis and the evaluator agree about every packet', {
  timeout: 60_000 + numRuns * 2000,
}, () => {
  let allowed = 0
  let asked = 0
  fc.assert(
    fc.property(smallWorlds, (objects) => {
      const state = stateOf(objects)
      inWorld(objects, () => {
        for (const version of [4, 6] as const) {
          const map = new Connectivity(state, version)
          const packets = packetsOf(state, version)
          for (const [from, to, flow] of pairsOf(map)) {
            const set = map.allowed(from, to)
            for (const packet of packets) {
              const isAllowed = evaluate(state, { ...flow, ...packet }).verdict === 'Allow'
              const isHeld = set.holds(...pairOf(packet, version))
              if (isHeld !== isAllowed)
                expect.fail(`${JSON.stringify(packet)} from ${from} to ${to}: ${isAllowed}`)
              asked++
              if (isAllowed) allowed++
            }
          }
        }
      })
    }),
    { numRuns },
  )
  expect(asked).toBeGreaterThan(numRuns * 1000)
  expect(allowed).toBeGreaterThan(0)
  expect(allowed).toBeLessThan(asked)
})

type Packet = Pick<Flow, 'protocol' | 'sourcePort' | 'destinationPort' | 'icmp'>

/** Each two peers of whom one is a workload; of addresses outside, the first and the last of each class. */
function* pairsOf(
  map: Connectivity,
): Iterable<[number, number, Pick<Flow, 'source' | 'destination' | 'ipVersion'>]> {
  const { version } = map
  const places = map.peers.flatMap((peer, position) => {
    if (peer.kind === 'Workload') return [{ position, isOutside: false, peer: peerOf(peer, version) }]
    const ends = [peer.spans[0]?.first, peer.spans.at(-1)?.last].map((value) => ({ version, value }) as Ip)
    return ends.map((address) => ({ position, isOutside: true, peer: { endpoint: undefined, address } }))
  })
  for (const from of places) {
    for (const to of places) {
      if (from.isOutside && to.isOutside) continue
      yield [from.position, to.position, { source: from.peer, destination: to.peer, ipVersion: version }]
    }
  }
}

/** All that rules can tell apart: each number at which a range of theirs begins or ends, and those beside it. */
function packetsOf(state: PolicyState, version: 4 | 6): Packet[] {
  const rules = state.tiers.flatMap(({ policies }) =>
    policies.flatMap(({ ingress, egress }) => [...ingress, ...egress]),
  )
  const sides = rules.flatMap(({ source, destination }) => [source, destination])
  const ranges = sides.flatMap(({ ports, notPorts }) => [
    ...(ports?.ranges ?? []),
    ...(notPorts?.ranges ?? []),
  ])
  const named = [...state.endpoints.values()].flatMap(({ ports }) => ports.map(({ port }) => port))
  const edges = new Set([
    0,
    65_535,
    4789,
    ...named,
    ...ranges.flatMap(({ min, max }) => [min - 1, min, max, max + 1]),
  ])
  const ports = [...edges].filter((port) => port >= 0 && port <= 65_535)
  const sourcePorts = ports
    .filter((port) => ranges.some(({ min, max }) => port === min || port === max + 1))
    .slice(0, 6)
  const numbers = [
    0,
    1,
    4,
    6,
    17,
    47,
    58,
    132,
    136,
    253,
    ...rules.flatMap(({ protocol, notProtocol }) => [protocol, notProtocol]),
  ]
  const messages = rules.flatMap(({ icmp, notIcmp }) => [icmp, notIcmp]).flatMap((it) => [it?.type, it?.code])
  const bytes = [...new Set([0, 3, 8, 255, ...messages.filter((it) => it !== undefined)])]
  return [...new Set(numbers.filter((it) => it !== undefined))].flatMap((protocol): Packet[] => {
    const plain = { protocol, sourcePort: undefined, destinationPort: undefined, icmp: undefined }
    if (hasPorts(protocol))
      return [1, ...sourcePorts].flatMap((sourcePort) =>
        ports.map((destinationPort) => ({ ...plain, sourcePort, destinationPort })),
      )
    if (protocol !== (version === 4 ? protocols.icmp : protocols.icmpv6)) return [plain]
    return bytes.flatMap((type) => bytes.map((code) => ({ ...plain, icmp: { type, code } })))
  })
}
