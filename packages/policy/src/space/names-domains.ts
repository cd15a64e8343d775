/** Does what exact analysis says of addresses outside depend on what DNS says of them? */
import type { Rule } from '../model/rule.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'

/** By names that its rules, or network sets that these select, list. */
export function namesDomains(state: PolicyState, { staged = false }: PolicyView = {}): boolean {
  const tiers = staged ? state.stagedTiers : state.tiers
  return tiers.some(({ policies }) => policies.some(({ egress }) => egress.some(countsNames)))
}

/** Of one rule: does it count names that anybody gives? */
export function countsNames({ destination: { inDomains, inSet, countsNames: isCounting } }: Rule): boolean {
  return inDomains !== undefined || (isCounting && (inSet?.domains.length ?? 0) > 0)
}
