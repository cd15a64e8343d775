/**
 * What is told of requests receiver by receiver is what two whole maps for each class of requests tell.
 *
 * MARGAY_CASES  how many pairs of worlds; 150 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { IpVersion } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import { httpWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity } from './connectivity.ts'
import { differencesBetween } from './difference.ts'
import { requestClasses } from './http-requests.ts'
import { type DifferenceRow, JointMap } from './joint-map.ts'
import { Traffics } from './traffic.ts'
import { runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 150)

/** Another world, or the same with one object less, or with one policy's rules turned round. */
const pairs = httpWorlds(smallCast).chain((objects) =>
  fc.tuple(
    fc.constant(objects),
    fc.oneof(
      httpWorlds(smallCast),
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

test('receiver by receiver, and with a map for each request', { timeout: 30_000 + numRuns * 1000 }, () => {
  let told = 0
  fc.assert(
    fc.property(pairs, fc.constantFrom<IpVersion>(4, 6), ([before, after], version) => {
      const states = [stateOf(before), stateOf(after)] as const
      const traffics = new Traffics()
      const [old, now] = states.map((state) => ({ state }))
      if (old === undefined || now === undefined) return
      const { requests } = differencesBetween(old, now, version, traffics)
      const expected = oneByOne(states, version, traffics)
      expect(namesIn(requests)).toEqual(namesIn(expected))
      told += requests.length > 0 ? 1 : 0
    }),
    { numRuns, ...seed },
  )
  // About 15 in 100 have any: with 150 pairs, 4 or fewer come less than once in 100,000 runs by chance.
  expect(told).toBeGreaterThan(numRuns / 32)
})

interface Told {
  readonly requests: readonly HttpRequest[]
  readonly rows: readonly DifferenceRow[]
}

/** The order of all of it counts. */
function oneByOne(
  states: readonly [PolicyState, PolicyState],
  version: IpVersion,
  traffics: Traffics,
): Told[] {
  const packets = traffics.ofProtocol(protocols.tcp)
  const mapsFor = (request: HttpRequest | undefined) => {
    const options = { traffics, packets, ...(request !== undefined && { request }) }
    return states.map((state) => new Connectivity(state, version, options)) as [Connectivity, Connectivity]
  }
  const rowsFor = (request: HttpRequest | undefined) => {
    const joint = new JointMap(...mapsFor(request))
    return joint.rowsOf(joint.table())
  }
  const known = textOf(rowsFor(undefined))
  const found = new Map<string, { requests: HttpRequest[]; rows: DifferenceRow[] }>()
  for (const requests of requestClasses(mapsFor(undefined).flatMap(({ httpMatches }) => httpMatches))) {
    const rows = rowsFor(requests[0])
    const text = textOf(rows)
    if (text === known) continue
    const same = found.get(text)
    if (same === undefined) found.set(text, { requests: [...requests], rows })
    else same.requests.push(...requests)
  }
  return [...found.values()]
}

function textOf(rows: readonly DifferenceRow[]): string {
  return namesOf(rows).sort().join('\n')
}

function namesIn(all: readonly Told[]) {
  return all.map(({ requests, rows }) => ({ requests, rows: namesOf(rows) }))
}

function namesOf(rows: readonly DifferenceRow[]): string[] {
  return rows.map(({ from, to, gained, lost }) => {
    const ends = [from, to].map(({ workloads, outside }) => [
      ...workloads.map(({ endpoint, address }) => `${endpoint.key} ${address?.value}`),
      ...outside.map(({ first, last }) => `${first}-${last}`),
    ])
    return JSON.stringify([ends, gained.id, lost.id])
  })
}
