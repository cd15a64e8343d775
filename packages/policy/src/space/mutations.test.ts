/**
 * `differencesBetween` finds each of 200 changes that change what policies mean, with a packet that proves it, and nothing for 200 that
 * don't.
 */
import { admit, type ResourceObject } from '@margay/resources'
import { flowOf, type Packet, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { Flow } from '../model/flow.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { differencesBetween } from './difference.ts'
import type { DifferenceRow } from './joint-map.ts'
import { applied, type Change, chooseBy, mutations, rewrites, sampled } from './mutate.testkit.ts'
import { peerOf, witnessPacket, witnessPeers } from './witness.ts'
import { stateOf } from './worlds.testkit.ts'

const wanted = 200
const packetsEach = 60
const versions = [4, 6] as const

test('200 changes of meaning are found, each with a packet that proves it', { timeout: 240_000 }, () => {
  const counts = new Map<string, number>()
  let found = 0
  for (const { name, before, after, asked } of changed(mutations)) {
    const rows = versions.flatMap((version) =>
      differencesBetween({ state: before }, { state: after }, version).connections.map((row) => ({
        version,
        row,
      })),
    )
    for (const { version, row } of rows) proves(row, version, before, after)
    const isSeen = asked.some((packet) => verdict(before, packet) !== verdict(after, packet))
    expect(isSeen && rows.length === 0, name).toBe(false)
    if (rows.length === 0) continue
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (++found === wanted) break
  }
  expect(found).toBe(wanted)
  expect([...counts.keys()].sort()).toEqual(Object.keys(mutations).sort())
})

test('200 changes that mean nothing are no difference', { timeout: 240_000 }, () => {
  const counts = new Map<string, number>()
  let count = 0
  for (const { name, before, after } of changed(rewrites)) {
    for (const version of versions)
      expect(differencesBetween({ state: before }, { state: after }, version), name).toEqual({
        connections: [],
        names: [],
        requests: [],
        hosts: [],
        nodes: { settings: [], unclear: [], named: [] },
      })
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (++count === wanted) break
  }
  expect(count).toBe(wanted)
  expect([...counts.keys()].sort()).toEqual(Object.keys(rewrites).sort())
})

interface Changed {
  readonly name: string
  readonly before: PolicyState
  readonly after: PolicyState
  readonly asked: readonly Packet[]
}

/** Worlds with one change each, of all kinds in turn; those that nobody would take are left out. */
function* changed(changes: Readonly<Record<string, Change>>): Iterable<Changed> {
  const list = fc.array(packets(smallCast), { minLength: packetsEach, maxLength: packetsEach })
  for (let seed = 0; seed < 400; seed++) {
    const [[objects, asked]] = sampled(fc.tuple(worlds(smallCast), list), 1, seed) as [
      [ResourceObject[], Packet[]],
    ]
    const before = stateOf(objects)
    for (const [turn, [name, change]] of Object.entries(changes).entries()) {
      const after = applied(objects, change, chooseBy(seed * 100 + turn))
      if (after === undefined || !after.every((it) => admit(it).ok)) continue
      yield { name, before, after: stateOf(after), asked }
    }
  }
}

function verdict(state: PolicyState, packet: Packet): string {
  return evaluate(state, flowOf(state, packet)).verdict
}

/** The evaluator says of one packet of the row what the row says of all. */
function proves(row: DifferenceRow, version: 4 | 6, before: PolicyState, after: PolicyState): void {
  for (const change of ['gained', 'lost'] as const) {
    const packet = witnessPacket(row[change], version)
    if (packet === undefined) continue
    const [was, is] = [before, after].map(
      (state) => evaluate(state, flowIn(state, row, packet, version)).verdict,
    )
    expect([was, is]).toEqual(change === 'gained' ? ['Deny', 'Allow'] : ['Allow', 'Deny'])
  }
}

function flowIn(
  state: PolicyState,
  { from, to }: DifferenceRow,
  packet: NonNullable<ReturnType<typeof witnessPacket>>,
  version: 4 | 6,
): Flow {
  const peers = witnessPeers(from, to)
  if (peers === undefined) throw new Error('a row without members')
  const [one, other] = peers.map((peer) => peerOf(peer, version))
  const here = (peer = one) =>
    peer?.endpoint === undefined
      ? { endpoint: undefined, address: peer?.address }
      : { endpoint: state.endpoints.get(peer.endpoint.key), address: peer.address }
  return { source: here(one), destination: here(other), ipVersion: version, ...packet }
}
