import type { ResourceObject } from '@margay/resources'
import { lintPolicies } from './lint.ts'
import { stateOf } from './worlds.testkit.ts'

/** A line for each: the check, what it is about, the position of the rule, and who decides instead. */
export function findingsIn(objects: readonly ResourceObject[]): string[] {
  return lintPolicies(stateOf(objects)).map(({ check, policy, tier, ruleIndex, by }) =>
    [check, policy?.name ?? tier, ...(ruleIndex === undefined ? [] : [ruleIndex]), ...by].join(' | '),
  )
}
