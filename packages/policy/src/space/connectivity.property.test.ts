/**
 * Exact analysis says of each single packet what the evaluator says of it, in random worlds.
 *
 * MARGAY_CASES  how many worlds; 300 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { Ip } from '@margay/netset'
import { flowOf, formatManifest, hostWorlds, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity } from './connectivity.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 300)
const anyWorld = fc.oneof(worlds(smallCast), hostWorlds(smallCast))
const cases = fc.tuple(anyWorld, fc.array(packets(smallCast), { minLength: 8, maxLength: 24 }))

test('what connectivity holds is what the evaluator allows', { timeout: 30_000 + numRuns * 300 }, () => {
  fc.assert(
    fc.property(cases, ([objects, asked]) => {
      const state = stateOf(objects)
      for (const staged of [false, true]) {
        const maps = new Map(
          ([4, 6] as const).map((version) => [version, new Connectivity(state, version, { staged })]),
        )
        for (const packet of asked) {
          const flow = flowOf(state, packet)
          const expected = evaluate(state, flow, { staged }).verdict
          const map = maps.get(flow.ipVersion) as Connectivity
          const [from, to] = [flow.source, flow.destination].map(({ address }) =>
            positionOf(map, state, address as Ip),
          ) as [number, number]
          const held = map.allowed(from, to).holds(...pairOf(packet, flow.ipVersion))
          if (held !== (expected === 'Allow'))
            expect.fail(`${JSON.stringify(packet)} ${expected}, staged ${staged}\n${formatManifest(objects)}`)
        }
      }
    }),
    { numRuns, ...seed },
  )
})

function positionOf(map: Connectivity, state: PolicyState, address: Ip): number {
  const { endpoint } = state.peerAt(address)
  return map.peers.findIndex((peer) =>
    peer.kind === 'Workload'
      ? peer.endpoint === endpoint && peer.address?.value === address.value
      : endpoint === undefined &&
        peer.spans.some(({ first, last }) => first <= address.value && address.value <= last),
  )
}
