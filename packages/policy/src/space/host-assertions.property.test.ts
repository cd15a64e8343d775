/**
 * In random worlds: what is said of an assertion about host endpoints is what the evaluator says of each packet that was looked at, and of the
 * one that is shown.
 *
 * MARGAY_CASES  how many worlds; 150 by default. MARGAY_SEED  a whole number that decides them.
 */
import type { NetworkAssertion } from '@margay/resources'
import { flowOf, hostWorlds, inWorld, packets, paths, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateRoute } from '../evaluate/evaluate-route.ts'
import { matchesPeer } from '../evaluate/match-rule.ts'
import type { Flow } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { meansHost, meansHosts, sidesOf } from './asserted-sides.ts'
import { checkAssertions } from './assertions.ts'
import type { RouteEnd } from './host-ends.ts'
import { asStaged, pairsOf, routeOf } from './host-routes.testkit.ts'
import { HostRoutes } from './host-routes.ts'
import { assertionOf, runs, stateOf } from './worlds.testkit.ts'

const { numRuns, ...seed } = runs(process.env, 150)

const ofHosts = fc.constantFrom(
  { hostEndpoints: true },
  { hostEndpoints: true, selector: "app == 'web'" },
  { hostEndpoints: true, selector: 'has(app) || has(role)', nets: ['198.18.0.0/15', '2001:db8::/32'] },
)
const others = fc.constantFrom(
  {},
  { nets: ['203.0.113.0/24', 'fd6d::/16'] },
  { namespaceSelector: 'all()' },
  { selector: 'has(app)' },
)
const sides = fc.oneof(fc.tuple(ofHosts, others), fc.tuple(others, ofHosts), fc.tuple(ofHosts, ofHosts))
const spec = fc.record(
  {
    require: fc.constantFrom('never', 'always'),
    ports: fc.constantFrom(
      [{ protocol: 'TCP', port: '1:1000' }],
      [{ protocol: 'UDP' }],
      [{ protocol: 'TCP', port: 22 }],
    ),
  },
  { requiredKeys: ['require'] },
)
/** Those on the way through nodes are tunnels' too. */
const onTheWay = paths(smallCast).map(({ original, translated }) => (translated ?? original).packet)
const asked = fc.array(fc.oneof(packets(smallCast), onTheWay), { minLength: 6, maxLength: 12 })
const cases = fc.tuple(hostWorlds(smallCast), sides, spec, asked, fc.boolean())

test('a proof is a packet, and without one there is none', { timeout: 30_000 + numRuns * 500 }, () => {
  const seen = { holds: 0, broken: 0, vacuous: 0 }
  fc.assert(
    fc.property(cases, ([all, [from, to], asserted, probes, staged]) => {
      const objects = staged ? all.filter(({ kind }) => !kind.startsWith('Staged')) : all
      const meant = stateOf(objects)
      const state = staged ? stateOf(objects.map(asStaged)) : meant
      const assertion = assertionOf({ ...asserted, from, to })
      const wanted = asserted.require === 'never' ? 'Deny' : 'Allow'
      inWorld(objects, () => {
        const [checked] = checkAssertions(state, [assertion], { staged })
        const { holds, isVacuous, route } = checked as NonNullable<typeof checked>
        const pairs = ([4, 6] as const).flatMap((version) => meantPairs(meant, assertion, version))
        expect([holds, isVacuous]).toEqual([route === undefined, pairs.length === 0])
        seen[isVacuous ? 'vacuous' : holds ? 'holds' : 'broken']++
        if (route !== undefined) expect(evaluateRoute(meant, route).verdict).not.toBe(wanted)
        if (!holds) return
        for (const flow of probes.map((it) => flowOf(meant, it))) {
          for (const pair of pairs.filter(({ version }) => version === flow.ipVersion)) {
            if (!isAsked(assertion, flow, asserted.require === 'always')) continue
            const { verdict } = evaluateRoute(meant, routeOf(meant, flow, [pair.from, pair.to], false))
            expect([flow, verdict]).toEqual([flow, wanted])
          }
        }
      })
    }),
    { numRuns, ...seed },
  )
  expect(Math.min(seen.holds, seen.broken, seen.vacuous)).toBeGreaterThan(0)
})

/** By the meaning of sides, one by one. */
function meantPairs(state: PolicyState, assertion: NetworkAssertion, version: 4 | 6) {
  const { spec } = assertion
  const [sides] = sidesOf(state, [assertion])
  const isMeant = (end: RouteEnd, side: 'from' | 'to') => {
    if (meansHosts(spec[side])) return end.peer.kind === 'Host' && meansHost(spec[side], end.peer)
    const endpoint = end.peer.kind === 'Workload' ? end.peer.endpoint : undefined
    return sides !== undefined && matchesPeer(sides[side], { endpoint, address: end.address })
  }
  const given = sides === undefined ? [] : [sides.from, sides.to]
  const routes = new HostRoutes(state, version, { sides: given })
  return pairsOf(routes.ends)
    .filter(([from, to]) => isMeant(from, 'from') && isMeant(to, 'to'))
    .map(([from, to]) => ({ from, to, version }))
}

/** Of an `always`, without what may be a tunnel's. */
function isAsked(
  { spec: { ports } }: NetworkAssertion,
  { protocol, destinationPort = 0 }: Flow,
  isAlways: boolean,
) {
  const isTunnel = protocol === protocols.ipip || (protocol === protocols.udp && destinationPort === 4789)
  if (isAlways && isTunnel) return false
  return (
    ports === undefined ||
    ports.some(({ protocol: name, port }) => {
      const [min = 0, max = min] = port === undefined ? [0, 65_535] : String(port).split(':').map(Number)
      const isProtocol = protocol === (name === 'TCP' ? protocols.tcp : protocols.udp)
      return isProtocol && min <= destinationPort && destinationPort <= max
    })
  )
}
