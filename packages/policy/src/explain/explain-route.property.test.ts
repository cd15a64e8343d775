import { admitAll, flowOf, hostWorlds, packets, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateRoute } from '../evaluate/evaluate-route.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { withNode } from './explain.testkit.ts'
import { explainRoute } from './explain-route.ts'

const asked = fc.array(
  fc.tuple(packets(smallCast), fc.nat(), fc.constantFrom('from' as const, 'to' as const)),
  {
    minLength: 8,
  },
)

test('each stage is as the evaluator has it, and what was considered there tells its hits', () => {
  let considered = 0
  fc.assert(
    fc.property(hostWorlds(smallCast), asked, (objects, questions) => {
      const { state } = buildPolicyState(admitAll(objects))
      for (const [packet, choice, end] of questions) {
        const route = withNode(state, flowOf(state, packet), choice, end)
        if (route === undefined) continue
        const explained = explainRoute(state, route)
        const plain = explained.stages.map(({ tiers: _, ...stage }) => stage)
        expect({ ...explained, stages: plain }).toEqual(evaluateRoute(state, route))
        for (const { trace, tiers } of explained.stages) {
          const ofTiers = trace.filter(({ kind }) => kind === 'Rule' || kind === 'TierDefault')
          expect(tiers.map(({ hit }) => hit)).toEqual(ofTiers)
          considered += tiers.length
        }
      }
    }),
    { numRuns: 80 },
  )
  expect(considered).toBeGreaterThan(0)
}, 120_000)
