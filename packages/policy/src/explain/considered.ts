/** Which policies were asked about a flow, in order, and why each did not decide: what a trace leaves out. */
import type { Hit } from '../evaluate/decision.ts'
import { walkTiers } from '../evaluate/walk-tiers.ts'
import type { Flow } from '../model/flow.ts'
import type { Policy, PolicyRef } from '../model/policy.ts'
import type { Action, Direction, Rule } from '../model/rule.ts'
import type { EffectivePolicy, EffectiveTier } from '../state/effective-policy.ts'
import { type FailedCriterion, failedCriteria } from './failed-criteria.ts'
import { type KnownName, knownNameOf } from './known-name.ts'

/** A tier that was asked. */
export interface ConsideredTier {
  readonly name: string
  /** What came of it. */
  readonly hit: Hit
  /** In order, up to the one that decided. */
  readonly policies: readonly ConsideredPolicy[]
}

export interface ConsideredPolicy {
  readonly ref: PolicyRef
  /** In order, up to the one that decided; empty for a policy without rules for the direction. */
  readonly rules: readonly ConsideredRule[]
  readonly isDecisive: boolean
}

/** A rule as a person wrote it. */
export interface ConsideredRule {
  /** Its index in the list that a person wrote. */
  readonly index: number
  readonly action: Action
  /** Empty if it matched. A Log that matched decides nothing. */
  readonly failed: readonly FailedCriterion[]
  /** The name without which it would not have matched. */
  readonly knownBy: KnownName | undefined
}

/** The tiers that were asked, up to the one that decided. */
export function considerTiers(policy: EffectivePolicy, flow: Flow): ConsideredTier[] {
  const hits = walkTiers(policy, flow)
  return hits.flatMap((hit, index) => {
    const tier = policy.tiers[index]
    return tier === undefined ? [] : [considerTier(tier, hit, policy.direction, flow)]
  })
}

function considerTier(tier: EffectiveTier, hit: Hit, direction: Direction, flow: Flow): ConsideredTier {
  const policies: ConsideredPolicy[] = []
  for (const policy of tier.policies) {
    const considered = considerPolicy(policy, direction, flow)
    policies.push(considered)
    if (considered.isDecisive) break
  }
  return { name: tier.name, hit, policies }
}

/** Several rules may stem from one that a person wrote: it matches as soon as one of them does, and else the nearest speaks for it. */
function considerPolicy(policy: Policy, direction: Direction, flow: Flow): ConsideredPolicy {
  const rules: ConsideredRule[] = []
  let isDecisive = false
  for (const rule of direction === 'Ingress' ? policy.ingress : policy.egress) {
    const considered = considerRule(rule, flow)
    const last = rules.at(-1)
    if (last?.index !== considered.index) rules.push(considered)
    else if (considered.failed.length < last.failed.length) rules[rules.length - 1] = considered
    isDecisive = rule.action !== 'Log' && considered.failed.length === 0
    if (isDecisive) break
  }
  return { ref: policy.ref, rules, isDecisive }
}

function considerRule(rule: Rule, flow: Flow): ConsideredRule {
  const failed = failedCriteria(rule, flow)
  const knownBy = failed.length === 0 ? knownNameOf(rule, flow) : undefined
  return { index: rule.origin, action: rule.action, failed, knownBy }
}
