import { admitAll, flowOf, hostWorlds, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateRoute } from '../../evaluate/evaluate-route.ts'
import { buildPolicyState } from '../../state/build-state.ts'
import type { PolicyState } from '../../state/policy-state.ts'
import { changed, withNode } from '../explain.testkit.ts'
import { smallestRouteChanges } from './smallest-change.ts'

const cases = fc.tuple(hostWorlds(smallCast), packets(smallCast), fc.nat(), fc.boolean())

test('each change that is proposed for the connection of a node turns the verdict', () => {
  let proposed = 0
  fc.assert(
    fc.property(cases, ([objects, packet, choice, isSource]) => {
      const resources = admitAll(objects)
      const ask = (state: PolicyState) =>
        withNode(state, flowOf(state, packet), choice, isSource ? 'from' : 'to')
      const { state } = buildPolicyState(resources)
      const route = ask(state)
      if (route === undefined) return
      const { verdict } = evaluateRoute(state, route)
      for (const proposal of smallestRouteChanges(resources, route).slice(0, 4)) {
        const after = buildPolicyState(changed(resources, proposal)).state
        const now = ask(after) ?? expect.fail()
        expect(evaluateRoute(after, now).verdict).not.toBe(verdict)
        proposed++
      }
    }),
    { numRuns: 40 },
  )
  expect(proposed).toBeGreaterThan(20)
}, 300_000)
