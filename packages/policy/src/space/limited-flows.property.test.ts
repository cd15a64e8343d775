/**
 * What connections are said to carry is what the evaluator allows: each request over each packet, in random worlds with rules that ask for
 * requests.
 *
 * MARGAY_CASES  how many worlds; 200 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { Ip } from '@margay/netset'
import { flowOf, formatManifest, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { Flow, FlowPeer } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import { Connectivity } from './connectivity.ts'
import { type Block, type BlockRow, flowsBetween } from './flows-between.ts'
import { headerRequests, headerWorlds } from './header-worlds.testkit.ts'
import { carries } from './limited-flows.testkit.ts'
import { type LimitedRow, limitedFlows } from './limited-flows.ts'
import { runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 200)
const overTcp = packets(smallCast).map((packet) => ({
  sourcePort: 40_000,
  destinationPort: 80,
  ...packet,
  protocol: protocols.tcp,
}))
const cases = fc.tuple(
  headerWorlds(smallCast),
  fc.array(fc.tuple(overTcp, headerRequests), { minLength: 30, maxLength: 60 }),
)

test('what connections carry is what the evaluator allows', { timeout: 30_000 + numRuns * 500 }, () => {
  let [limited, refused] = [0, 0]
  fc.assert(
    fc.property(cases, ([objects, asked]) => {
      const state = stateOf(objects)
      const rows = new Map(
        ([4, 6] as const).map((version) => [version, limitedFlows(new Connectivity(state, version))]),
      )
      for (const [packet, http] of asked) {
        const flow: Flow = { ...flowOf(state, { ...packet }), http }
        if (flow.source.endpoint === flow.destination.endpoint) continue
        const row = rows.get(flow.ipVersion)?.find((it) => isAbout(it, flow))
        const limit = row?.limits.find((it) => holds(it.packets, flow))
        const isSaid = row !== undefined && holds(row.packets, flow) && carries(limit, http)
        const isAllowed = evaluate(state, flow).verdict === 'Allow'
        if (isSaid !== isAllowed)
          expect.fail(`${JSON.stringify({ packet, http, isAllowed })}\n${formatManifest(objects)}`)
        if (limit !== undefined) limited++
        if (limit !== undefined && !isAllowed) refused++
      }
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(limited - refused, refused)).toBeGreaterThan(numRuns / 10)
})

test('what is asked of one request is what the evaluator allows', { timeout: 30_000 + numRuns * 500 }, () => {
  fc.assert(
    fc.property(cases, headerRequests, ([objects, asked], http) => {
      const state = stateOf(objects)
      const rows = new Map(
        ([4, 6] as const).map((version) => [
          version,
          flowsBetween(new Connectivity(state, version, { request: http })),
        ]),
      )
      for (const [packet] of asked) {
        const flow: Flow = { ...flowOf(state, { ...packet }), http }
        if (flow.source.endpoint === flow.destination.endpoint) continue
        const row = rows.get(flow.ipVersion)?.find((it) => isAbout(it, flow))
        const isSaid = row !== undefined && holds(row.packets, flow)
        if (isSaid !== (evaluate(state, flow).verdict === 'Allow'))
          expect.fail(`${JSON.stringify({ packet, http, isSaid })}\n${formatManifest(objects)}`)
      }
    }),
    { numRuns: Math.ceil(numRuns / 4), ...seed },
  )
})

function holds(
  packets: LimitedRow['packets'],
  { protocol, sourcePort = 0, destinationPort = 0 }: Flow,
): boolean {
  return packets.holds(protocol, sourcePort, destinationPort)
}

function isAbout({ from, to }: BlockRow, { source, destination }: Flow): boolean {
  return isIn(from, source) && isIn(to, destination)
}

function isIn({ workloads, outside }: Block, { endpoint, address }: FlowPeer): boolean {
  const { value } = address as Ip
  if (endpoint !== undefined)
    return workloads.some((it) => it.endpoint === endpoint && it.address?.value === value)
  return outside.some(({ first, last }) => first <= value && value <= last)
}
