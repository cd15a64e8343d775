/** Which Log rules a packet meets on its way to the rule that decides, as the kernel logs it at each. */
import type { Endpoint } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import type { PolicyRef } from '../model/policy.ts'
import type { Action, Direction } from '../model/rule.ts'
import type { EffectivePolicy, EffectiveTier } from '../state/effective-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { matchesRule } from './match-rule.ts'
import { rulesOf } from './rule-walk.ts'

export interface MetLog {
  readonly tier: string
  readonly policy: PolicyRef
  /** The rule's index in the list that a person wrote. */
  readonly ruleIndex: number
}

const none: readonly MetLog[] = []

/** In the order in which they are met. Cost: a walk over the rules, where there are such at all. */
export function metLogs(
  state: PolicyState,
  endpoint: Endpoint,
  direction: Direction,
  flow: Flow,
): readonly MetLog[] {
  const policy = state.effectivePolicy(endpoint, direction)
  return logs(policy) ? walk(policy, flow) : none
}

/** An effective policy is the same object as long as nothing changes about it. */
const logging = new WeakMap<EffectivePolicy, boolean>()

function logs(policy: EffectivePolicy): boolean {
  const known = logging.get(policy)
  if (known !== undefined) return known
  const found = policy.tiers.some(({ policies }) =>
    policies.some((it) => rulesOf(it, policy.direction).some(({ action }) => action === 'Log')),
  )
  logging.set(policy, found)
  return found
}

function walk({ tiers, direction }: EffectivePolicy, flow: Flow): readonly MetLog[] {
  const met: MetLog[] = []
  for (const tier of tiers) if (walkTier(tier, direction, flow, met) !== 'Pass') break
  return met
}

/** What it decides; the logs that are met are added to `met`. */
function walkTier(tier: EffectiveTier, direction: Direction, flow: Flow, met: MetLog[]): Action {
  for (const policy of tier.policies) {
    for (const rule of rulesOf(policy, direction)) {
      if (!matchesRule(rule, flow)) continue
      if (rule.action !== 'Log') return rule.action
      met.push({ tier: tier.name, policy: policy.ref, ruleIndex: rule.origin })
    }
  }
  return tier.defaultAction
}
