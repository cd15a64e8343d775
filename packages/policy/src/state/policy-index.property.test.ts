/** The index finds every policy that selects, in its order. */
import { matchesSelector } from '@margay/resources'
import { admitAll, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildPolicyState } from './build-state.ts'
import { PolicyIndex } from './policy-index.ts'

test('what selects an endpoint is among the candidates, and candidates stand in order', () => {
  fc.assert(
    fc.property(worlds(smallCast), (objects) => {
      const { state } = buildPolicyState(admitAll(objects))
      for (const { policies } of state.tiers) {
        const index = new PolicyIndex(policies)
        for (const { labels } of state.endpoints.values()) {
          const candidates = index.candidates(labels)
          const selecting = policies.filter(({ appliesTo }) =>
            matchesSelector(appliesTo, (name) => labels.get(name)),
          )
          expect(selecting.every((policy) => candidates.includes(policy))).toBe(true)
          expect(candidates).toEqual(policies.filter((policy) => candidates.includes(policy)))
        }
      }
    }),
  )
})
