/**
 * What exact analysis says of names is what the evaluator does with them, in random worlds.
 *
 * MARGAY_CASES  how many worlds; 200 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { Ip } from '@margay/netset'
import { matchesDomain, parseDomainPattern, type ResourceObject } from '@margay/resources'
import {
  flowOf,
  formatManifest,
  knownNames,
  type Packet,
  packets,
  smallCast,
  withDomains,
  worlds,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../evaluate/evaluate.ts'
import type { Flow } from '../model/flow.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity } from './connectivity.ts'
import { differencesBetween } from './difference.ts'
import type { NamedDifference } from './named-differences.ts'
import { type NamedRow, namedFlows } from './named-flows.ts'
import { pairOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 200)
/** In ms: what fails takes long to shrink. */
const timeout = Math.max(300_000, numRuns * 1500)
const world = withDomains(worlds(smallCast))
const outside = new Set(smallCast.strangers.flatMap(({ addresses }) => addresses))
const outward = packets(smallCast).filter(({ destinationIp }) => outside.has(destinationIp))
const asked = fc.array(fc.tuple(outward, knownNames), { minLength: 6, maxLength: 16 })
const versions = [4, 6] as const

test('what is allowed to a name is what the rows of its patterns have, and what is allowed anyway', {
  timeout,
}, () => {
  let told = 0
  fc.assert(
    fc.property(world, asked, (objects, asked) => {
      const state = stateOf(objects)
      const rows = new Map(versions.map((it) => [it, namedFlows(new Connectivity(state, it))]))
      for (const [packet, names] of asked) {
        const flow = flowOf(state, packet)
        const isHeld = (rows.get(flow.ipVersion) ?? []).some((row) => holds(row, packet, flow, names))
        const anyway = isAllowed(state, flow, [])
        if (isAllowed(state, flow, names) !== (anyway || isHeld))
          expect.fail(`${JSON.stringify({ packet, names, anyway, isHeld })}\n${formatManifest(objects)}`)
        told += isHeld ? 1 : 0
      }
    }),
    { numRuns, ...seed },
  )
  expect(told).toBeGreaterThan(0)
})

/** Another world, or the same with one object less. */
const pairs = world.chain((objects) =>
  fc.tuple(
    fc.constant(objects),
    fc.oneof(
      { weight: 1, arbitrary: world },
      { weight: 3, arbitrary: fc.nat(objects.length - 1).map((at) => objects.filter((_, i) => i !== at)) },
    ),
  ),
)

test('whatever is gained or lost of a name is told, of it or of its address, and nothing else is', {
  timeout,
}, () => {
  let found = 0
  fc.assert(
    fc.property(pairs, asked, ([before, after], asked) => {
      found += countTold(before, after, asked)
    }),
    { numRuns, ...seed },
  )
  expect(found).toBeGreaterThan(0)
})

const pod: ResourceObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'red', name: 'a' },
  spec: { containers: [] },
  status: { phase: 'Running', podIPs: [{ ip: '10.65.0.1' }] },
}
const policyTo = (destination: object): ResourceObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'red', name: 'a' },
  spec: { types: ['Egress'], egress: [{ action: 'Allow', protocol: 'TCP', destination }] },
})

test.each([
  ['lost', { domains: ['a.com'] }, { nets: ['203.0.113.7/32'] }],
  ['gained', { nets: ['203.0.113.7/32'] }, { domains: ['a.com'] }],
])(
  'a name that is %s everywhere says nothing of an address that the other world opens by itself',
  (change, was, is) => {
    const [before, after] = [was, is].map((it) => [pod, policyTo(it)]) as [ResourceObject[], ResourceObject[]]
    const { names } = differencesBetween({ state: stateOf(before) }, { state: stateOf(after) }, 4)
    expect(names).toMatchObject([{ change, domains: ['a.com'], outside: undefined }])
    const to = (destinationIp: string): Asked => [
      { sourceIp: '10.65.0.1', destinationIp, protocol: 6, sourcePort: 80, destinationPort: 80 },
      ['a.com'],
    ]
    expect(countTold(before, after, [to('203.0.113.7'), to('203.0.113.8')])).toBe(2)
  },
)

type Asked = readonly [packet: Packet, names: readonly string[]]

/** How many rows are of what is asked. Fails where one is missing or not true. */
function countTold(
  before: readonly ResourceObject[],
  after: readonly ResourceObject[],
  asked: readonly Asked[],
): number {
  const [old, now] = [stateOf(before), stateOf(after)]
  const rows = new Map(
    versions.map((it) => [it, differencesBetween({ state: old }, { state: now }, it).names]),
  )
  let count = 0
  for (const [packet, names] of asked) {
    const flows = [old, now].map((state) => flowOf(state, packet)) as [Flow, Flow]
    if (flows.some(({ source }) => source.endpoint === undefined)) continue
    const told = (rows.get(flows[0].ipVersion) ?? []).filter((row) => holds(row, packet, flows[1], names))
    if (!isRight(told, [old, now], flows, names))
      expect.fail(
        [JSON.stringify({ packet, names }), formatManifest(before), '=====', formatManifest(after)].join(
          '\n',
        ),
      )
    count += told.length
  }
  return count
}

/** Rows of all addresses say nothing of those to which the packet may be sent anyway, in one world or the other. */
function isRight(
  told: readonly NamedDifference[],
  [old, now]: readonly [PolicyState, PolicyState],
  flows: readonly [Flow, Flow],
  names: readonly string[],
): boolean {
  const changeOf = (names: readonly string[]) =>
    change(isAllowed(old, flows[0], names), isAllowed(now, flows[1], names))
  const changed = changeOf(names)
  const isTold = told.some((row) => row.change === changed) || changeOf([]) === changed
  const isAnyway = isAllowed(old, flows[0], []) || isAllowed(now, flows[1], [])
  const isTrue = told.every(
    (row) => (row.outside === undefined && isAnyway) || changeOf([nameOf(row)]) === row.change,
  )
  return (changed === undefined || isTold) && isTrue
}

function change(was: boolean, is: boolean): NamedDifference['change'] | undefined {
  if (was === is) return undefined
  return is ? 'gained' : 'lost'
}

/** One that nothing else lists. */
function nameOf({ domains: [first = ''] }: NamedDifference): string {
  return first.replace('*', 'unlisted')
}

function isAllowed(state: PolicyState, flow: Flow, names: readonly string[]): boolean {
  const known = { ...flow, destination: { ...flow.destination, names } }
  return evaluate(state, known).verdict === 'Allow'
}

type Row = Pick<NamedRow, 'from' | 'domains' | 'outside' | 'packets'>

function holds(row: Row, packet: Packet, { source, destination, ipVersion }: Flow, names: readonly string[]) {
  const isFrom = row.from.workloads.some(
    ({ endpoint, address }) =>
      endpoint.key === source.endpoint?.key && address?.value === source.address?.value,
  )
  const { value } = destination.address as Ip
  const isThere = row.outside?.some(({ first, last }) => first <= value && value <= last) ?? true
  const patterns = row.domains.map((it) => parseDomainPattern(it) ?? expect.fail(it))
  const isNamed = names.some((name) => patterns.some((it) => matchesDomain(it, name)))
  return isFrom && isThere && isNamed && row.packets.holds(...pairOf(packet, ipVersion))
}
