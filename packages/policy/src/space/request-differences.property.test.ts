/**
 * What is told of requests is what the evaluator says of each before and after, in random worlds with rules that ask for requests.
 *
 * MARGAY_CASES  how many pairs of worlds; 150 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { Ip } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import { flowOf, formatManifest, type Packet, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { Flow, FlowPeer, HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { type Differences, differencesBetween } from './difference.ts'
import type { Block } from './flows-between.ts'
import { headerRequests, headerWorlds } from './header-worlds.testkit.ts'
import { partsWith } from './http-requests.testkit.ts'
import type { DifferenceRow } from './joint-map.ts'
import type { WorkloadPeer } from './workload-facts.ts'
import { runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 150)

/** Another world, or the same with one object less, or with one policy's rules turned round. */
const pairs = headerWorlds(smallCast).chain((objects) =>
  fc.tuple(
    fc.constant(objects),
    fc.oneof(
      headerWorlds(smallCast),
      oneOf(objects).map((chosen) => objects.filter((it) => it !== chosen)),
      oneOf(objects).map((chosen) => objects.map((it) => (it === chosen ? turnedRound(it) : it))),
    ),
  ),
)

/** Mostly one that speaks of requests: few others make any difference to them. */
function oneOf(objects: readonly ResourceObject[]): fc.Arbitrary<ResourceObject> {
  const ofHttp = objects.filter(({ spec }) => JSON.stringify(spec ?? {}).includes('"http":'))
  const any = fc.constantFrom(...objects)
  if (ofHttp.length === 0) return any
  return fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: fc.constantFrom(...ofHttp) })
}

function turnedRound(object: ResourceObject): ResourceObject {
  const { spec } = object as { spec?: { ingress?: readonly unknown[] } }
  if (spec?.ingress === undefined) return object
  return { ...object, spec: { ...spec, ingress: spec.ingress.toReversed() } } as ResourceObject
}

const overTcp = packets(smallCast).map((packet) => ({
  sourcePort: 40_000,
  destinationPort: 80,
  ...packet,
  protocol: protocols.tcp,
}))
const asked = fc.array(fc.tuple(overTcp, headerRequests), { minLength: 40, maxLength: 80 })

test('what is gained and lost of requests is what the evaluator says', {
  timeout: 30_000 + numRuns * 1000,
}, () => {
  let [told, changed] = [0, 0]
  fc.assert(
    fc.property(pairs, asked, ([before, after], requests) => {
      const states = [stateOf(before), stateOf(after)] as const
      const differences = new Map(
        ([4, 6] as const).map((version) => [version, differencesOf(states, version)]),
      )
      for (const [packet, http] of requests) {
        const flows = states.map((state): Flow => ({ ...flowOf(state, packet), http }))
        const [was, is] = flows as [Flow, Flow]
        if (!isJudgedInBoth(was, is)) continue
        const said = differences.get(was.ipVersion) as Differences
        const [expected, found] = [changeOf(states, [was, is]), changeSaid(said, is, http)]
        if (expected !== found.change) expect.fail(textOf({ packet, http, expected, found }, before, after))
        if (found.isOfRequests) told++
        if (found.isOfRequests && expected !== 'none') changed++
      }
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(told, changed)).toBeGreaterThan(numRuns / 10)
})

type Change = 'gained' | 'lost' | 'none'

function differencesOf([before, after]: readonly [PolicyState, PolicyState], version: 4 | 6): Differences {
  return differencesBetween({ state: before }, { state: after }, version)
}

/** Between the same two, of which one is a workload at least; a workload may always talk to itself. */
function isJudgedInBoth(was: Flow, is: Flow): boolean {
  const same = (['source', 'destination'] as const).every(
    (end) => was[end].endpoint?.key === is[end].endpoint?.key,
  )
  return same && is.source.endpoint !== is.destination.endpoint
}

function changeOf(states: readonly [PolicyState, PolicyState], flows: readonly [Flow, Flow]): Change {
  const [was, is] = states.map((state, i) => evaluate(state, flows[i] as Flow).verdict)
  return was === is ? 'none' : is === 'Allow' ? 'gained' : 'lost'
}

/** Of those who receive such requests otherwise than connections, and of all others as of connections. */
function changeSaid({ requests, connections }: Differences, flow: Flow, http: HttpRequest) {
  const own = requests.filter(({ requests, receivers }) =>
    receivers.some(
      ({ workloads, among }) =>
        isAmong(workloads, flow.destination) && partsWith(http, requests, among).length > 0,
    ),
  )
  expect(own.length).toBeLessThan(2)
  const rows = own[0]?.rows ?? connections
  return { isOfRequests: own.length > 0, change: changeIn(rows, flow) }
}

function changeIn(rows: readonly DifferenceRow[], flow: Flow): Change {
  const { protocol, sourcePort = 0, destinationPort = 0 } = flow
  const row = rows.find(({ from, to }) => isIn(from, flow.source) && isIn(to, flow.destination))
  const change = (['gained', 'lost'] as const).find((it) =>
    row?.[it].holds(protocol, sourcePort, destinationPort),
  )
  return change ?? 'none'
}

function isIn({ workloads, outside }: Block, peer: FlowPeer): boolean {
  const { value } = peer.address as Ip
  if (peer.endpoint !== undefined) return isAmong(workloads, peer)
  return outside.some(({ first, last }) => first <= value && value <= last)
}

function isAmong(workloads: readonly WorkloadPeer[], { endpoint, address }: FlowPeer): boolean {
  return workloads.some((it) => it.endpoint.key === endpoint?.key && it.address?.value === address?.value)
}

function textOf(
  about: { packet: Packet; http: HttpRequest; expected: Change; found: object },
  before: readonly ResourceObject[],
  after: readonly ResourceObject[],
): string {
  const http = { ...about.http, headers: [...(about.http.headers ?? [])] }
  return `${JSON.stringify({ ...about, http })}\n${formatManifest(before)}\n# after\n${formatManifest(after)}`
}
