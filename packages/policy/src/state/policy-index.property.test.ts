/** The index finds every policy that selects, whatever came and went before. */
import { admitAll, smallCast, worlds } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildPolicyState } from './build-state.ts'
import { PolicyIndex, selects } from './policy-index.ts'

test('what is found is what selects the labels', () => {
  fc.assert(
    fc.property(worlds(smallCast), fc.infiniteStream(fc.boolean()), (objects, chances) => {
      const { state } = buildPolicyState(admitAll(objects))
      for (const { policies } of state.tiers) {
        const stays = policies.filter(() => chances.next().value)
        const goes = policies.filter((policy) => !stays.includes(policy))
        const index = new PolicyIndex(goes)
        index.update({ gone: goes, come: stays })
        for (const { labels } of state.endpoints.values()) {
          expect(index.selecting(labels).union(index.always)).toEqual(
            new Set(stays.filter((policy) => selects(policy, labels))),
          )
          expect(index.selecting(labels).isDisjointFrom(index.always)).toBe(true)
        }
      }
    }),
  )
})
