/** Which of the tiers decides, and by what: what workloads and host endpoints have in common. Source: spec/api.md 8.1. */
import type { Flow } from '../model/flow.ts'
import type { EffectivePolicy, EffectiveTier } from '../state/effective-policy.ts'
import { compiledForm, noteWalk } from './compiled/compiled-forms.ts'
import type { Hit } from './decision.ts'
import { type FoundRule, type RuleSearch, RuleWalk } from './rule-walk.ts'

/** One hit for each tier, up to the one that decided. If the last is a Pass, or there is none, nothing did. */
export function walkTiers(policy: EffectivePolicy, flow: Flow): Hit[] {
  const compiled = compiledForm(policy)
  if (compiled !== undefined) return traceOf(policy, compiled.search(flow))
  const walk = new RuleWalk(policy, flow)
  const trace = traceOf(policy, walk)
  noteWalk(policy, walk.looked)
  return trace
}

/** As `walkTiers`, with rules found in this way. */
export function traceOf({ tiers }: EffectivePolicy, search: RuleSearch): Hit[] {
  const trace: Hit[] = []
  for (const [i, tier] of tiers.entries()) {
    const hit = hitOf(tier, search.firstOf(i))
    trace.push(hit)
    if (hit.action !== 'Pass') break
  }
  return trace
}

export function hasDecided(trace: readonly Hit[]): boolean {
  return (trace.at(-1)?.action ?? 'Pass') !== 'Pass'
}

/** The first rule that matches and is not a Log decides; without one the tier's default action does. */
function hitOf({ name, defaultAction, policies: [first] }: EffectiveTier, found: FoundRule | undefined): Hit {
  if (found !== undefined) {
    const { policy, rule } = found
    return { kind: 'Rule', tier: name, policy: policy.ref, ruleIndex: rule.origin, action: rule.action }
  }
  if (first === undefined) return { kind: 'NoProfile', action: 'Deny' }
  return { kind: 'TierDefault', tier: name, policy: first.ref, action: defaultAction }
}
