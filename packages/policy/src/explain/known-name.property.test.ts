/** A rule that would not match without names tells the one by which it does, and no other rule tells any. */
import {
  admitAll,
  flowOf,
  hostWorlds,
  inWorld,
  knownNames,
  packets,
  smallCast,
  withDomains,
} from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesRule } from '../evaluate/match-rule.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { policiesOf } from '../state/state-text.testkit.ts'
import { failedCriteria } from './failed-criteria.ts'
import { knownNameOf } from './known-name.ts'

const question = fc.tuple(packets(smallCast), knownNames)
const cases = fc.tuple(withDomains(hostWorlds(smallCast)), fc.array(question, { minLength: 4, maxLength: 8 }))

test('the name that is told is the one that counts', () => {
  let told = 0
  fc.assert(
    fc.property(cases, ([objects, asked]) => {
      const { state } = buildPolicyState(admitAll(objects))
      const rules = policiesOf(state).flatMap(({ ingress, egress }) => [...ingress, ...egress])
      inWorld(objects, () => {
        for (const [packet, names] of asked) {
          const flow = flowOf(state, packet)
          const known = (names: readonly string[]) => ({
            ...flow,
            destination: { ...flow.destination, names },
          })
          for (const rule of rules) {
            expect(failedCriteria(rule, known(names)).length === 0).toBe(matchesRule(rule, known(names)))
            if (!matchesRule(rule, known(names))) continue
            const name = knownNameOf(rule, known(names))?.name
            expect(name === undefined).toBe(matchesRule(rule, known([])))
            if (name !== undefined) expect(matchesRule(rule, known([name]))).toBe(true)
            told += name === undefined ? 0 : 1
          }
        }
      })
    }),
    { numRuns: 150 },
  )
  expect(told).toBeGreaterThan(0)
}, 120_000)
