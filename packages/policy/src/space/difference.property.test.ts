/**
 * What is said to be gained or lost from one random world to another is what the evaluator allows in one of them only.
 *
 * MARGAY_CASES  how many pairs of worlds; 200 by default. MARGAY_SEED  a whole number that decides them.
 */
import { type Ip, type IpVersion, parseIp } from '@margay/netset'
import { flowOf, formatManifest, hostWorlds, type Packet, packets, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { differencesBetween } from './difference.ts'
import type { Block } from './flows-between.ts'
import type { DifferenceRow } from './joint-map.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 200)
const asked = fc.array(packets(smallCast), { minLength: 12, maxLength: 30 })

/** Another world, or the same with one object less, which is where mistakes are hard to see. */
const pairs = worlds(smallCast).chain((objects) =>
  fc.tuple(
    fc.constant(objects),
    fc.oneof(
      { weight: 1, arbitrary: worlds(smallCast) },
      { weight: 3, arbitrary: fc.nat(objects.length - 1).map((at) => objects.filter((_, i) => i !== at)) },
    ),
  ),
)

test('gained and lost is what only one of both worlds allows', { timeout: 30_000 + numRuns * 500 }, () => {
  fc.assert(
    fc.property(pairs, asked, ([before, after], packets) => {
      const [old, now] = [before, after].map((it) => stateOf(it)) as [PolicyState, PolicyState]
      const rows = new Map(
        ([4, 6] as const).map((version) => [
          version,
          differencesBetween({ state: old }, { state: now }, version).connections,
        ]),
      )
      for (const packet of packets) {
        const version = (parseIp(packet.sourceIp) as Ip).version
        const [was, is] = [old, now].map((state) => isAllowed(state, packet, [old, now])) as [
          boolean,
          boolean,
        ]
        const told = toldOf(rows.get(version) ?? [], packet, version, [old, now])
        if (told === undefined) continue
        if (told.gained !== (is && !was) || told.lost !== (was && !is))
          expect.fail(
            [
              JSON.stringify({ packet, was, is, told }),
              formatManifest(before),
              '=====',
              formatManifest(after),
            ].join('\n'),
          )
      }
    }),
    { numRuns, ...seed },
  )
})

test('a world and itself, in another order, do not differ', { timeout: 30_000 + numRuns * 300 }, () => {
  fc.assert(
    fc.property(hostWorlds(smallCast), (objects) => {
      const [old, now] = [stateOf(objects), stateOf(objects.toReversed())]
      for (const version of [4, 6] as const)
        expect(differencesBetween({ state: old }, { state: now }, version)).toEqual(nothing)
    }),
    { numRuns: Math.ceil(numRuns / 3), ...seed },
  )
})

const nothing = {
  connections: [],
  names: [],
  requests: [],
  hosts: [],
  nodes: { settings: [], unclear: [], named: [] },
}

type Two = readonly [PolicyState, PolicyState]

/** Where a workload is not there, nothing passes: its address may be anybody's. */
function isAllowed(state: PolicyState, packet: Packet, both: Two): boolean {
  const flow = flowOf(state, packet)
  const isAbsent = [flow.source, flow.destination].some(
    ({ endpoint, address }) =>
      endpoint === undefined && both.some((it) => endpointAt(it, address) !== undefined),
  )
  return !isAbsent && evaluate(state, flow).verdict === 'Allow'
}

function endpointAt(state: PolicyState, address: Ip | undefined): string | undefined {
  return address === undefined ? undefined : state.peerAt(address).endpoint?.key
}

/** Undefined for what nobody is asked about. */
function toldOf(
  rows: readonly DifferenceRow[],
  packet: Packet,
  version: IpVersion,
  both: Two,
): { readonly gained: boolean; readonly lost: boolean } | undefined {
  const [from, to] = [packet.sourceIp, packet.destinationIp].map((text) => placeOf(parseIp(text) as Ip, both))
  if (from === undefined || to === undefined || from.key === to.key) return undefined
  const row = rows.find((it) => holds(it.from, from) && holds(it.to, to))
  const pair = pairOf(packet, version)
  return { gained: row?.gained.holds(...pair) ?? false, lost: row?.lost.holds(...pair) ?? false }
}

interface Place {
  readonly key: string | undefined
  readonly address: Ip
}

/** Undefined where an address is one workload's before and another's after. */
function placeOf(address: Ip, both: Two): Place | undefined {
  const keys = new Set(both.map((state) => endpointAt(state, address)).filter((it) => it !== undefined))
  return keys.size > 1 ? undefined : { key: [...keys][0], address }
}

function holds({ workloads, outside }: Block, { key, address }: Place): boolean {
  if (key !== undefined)
    return workloads.some((it) => it.endpoint.key === key && it.address?.value === address.value)
  return outside.some(({ first, last }) => first <= address.value && address.value <= last)
}
