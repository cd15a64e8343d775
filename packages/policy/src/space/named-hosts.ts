/**
 * Host endpoints that may treat names of domains otherwise: not worked out, but never passed over. What their other rules do to addresses
 * is told exactly elsewhere.
 */
import { formatPolicyRef } from '../model/policy.ts'
import type { Rule } from '../model/rule.ts'
import type { EffectiveHostPolicy } from '../state/effective-host-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { countsNames } from './names-domains.ts'

const stages = ['Untracked', 'Normal', 'Forward'] as const

/** Keys, sorted, of those that are in both, have rules with names in one of them, and not the same rules in both. */
export function namedHostsOf(before: PolicyState, after: PolicyState): string[] {
  const keys = [...before.hostEndpoints.keys()].filter((key) => after.hostEndpoints.has(key))
  return keys.filter((key) => textOf(before, key) !== textOf(after, key)).sort()
}

/** Empty without rules with names: the rest is told by address. */
function textOf(state: PolicyState, key: string): string {
  const host = state.hostEndpoints.get(key)
  if (host === undefined) return ''
  const policies = stages.map((stage) => state.effectiveHostPolicy(host, stage, 'Egress'))
  if (!policies.some((it) => rulesOf(it).some(countsNames))) return ''
  return policies.map(policyText).join('\n')
}

function rulesOf({ tiers }: EffectiveHostPolicy): Rule[] {
  return tiers.flatMap(({ policies }) => policies.flatMap(({ egress }) => egress))
}

function policyText({ tiers }: EffectiveHostPolicy): string {
  const texts = tiers.map(({ name, defaultAction, policies }) => [
    name,
    defaultAction,
    ...policies.map(({ ref, egress }) => [formatPolicyRef(ref), ...egress.map(ruleText)]),
  ])
  return JSON.stringify(texts)
}

function ruleText(rule: Rule): string {
  const given = rule.destination.countsNames ? rule.destination.inSet?.domains : undefined
  return JSON.stringify([rule, given?.map(({ text }) => text)], (_, it: unknown) =>
    typeof it === 'bigint' ? String(it) : it,
  )
}
