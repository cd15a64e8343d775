/** Which of the tiers decides, and by what: the walk that workloads and host endpoints have in common. Source: spec/api.md 8.1. */
import type { Flow } from '../model/flow.ts'
import type { Direction, Rule } from '../model/rule.ts'
import type { EffectivePolicy, EffectiveTier } from '../state/effective-policy.ts'
import type { Hit } from './decision.ts'
import { matchesRule } from './match-rule.ts'

/** One hit for each tier, up to the one that decided. If the last is a Pass, or there is none, nothing did. */
export function walkTiers(policy: EffectivePolicy, flow: Flow): Hit[] {
  const trace: Hit[] = []
  for (const tier of policy.tiers) {
    const hit = hitTier(tier, policy.direction, flow)
    trace.push(hit)
    if (hit.action !== 'Pass') break
  }
  return trace
}

export function hasDecided(trace: readonly Hit[]): boolean {
  return (trace.at(-1)?.action ?? 'Pass') !== 'Pass'
}

/** The first rule that matches and is not a Log decides; without one the tier's default action does. */
function hitTier(tier: EffectiveTier, direction: Direction, flow: Flow): Hit {
  for (const policy of tier.policies) {
    const rule = firstMatch(direction === 'Ingress' ? policy.ingress : policy.egress, flow)
    if (rule === undefined) continue
    return { kind: 'Rule', tier: tier.name, policy: policy.ref, ruleIndex: rule.origin, action: rule.action }
  }
  const [first] = tier.policies
  if (first === undefined) return { kind: 'NoProfile', action: 'Deny' }
  return { kind: 'TierDefault', tier: tier.name, policy: first.ref, action: tier.defaultAction }
}

type DecidingRule = Rule & { readonly action: 'Allow' | 'Deny' | 'Pass' }

export function firstMatch(rules: readonly Rule[], flow: Flow): DecidingRule | undefined {
  return rules.find((rule): rule is DecidingRule => rule.action !== 'Log' && matchesRule(rule, flow))
}
