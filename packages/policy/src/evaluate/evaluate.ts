/**
 * What happens to the packet that opens a flow: the one definition of what policy means.
 *
 * The source's egress is judged first, then the destination's ingress; both must allow. An endpoint that talks to itself
 * never leaves its own network namespace, and is not judged. Source: spec/api.md 8 (I1 to I8) and 8.1.
 */
import type { Endpoint, ProfileRef } from '../model/endpoint.ts'
import type { Flow } from '../model/flow.ts'
import type { Direction, Rule } from '../model/rule.ts'
import type { EffectivePolicy, EffectiveTier } from '../state/effective-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { Decision, EndpointDecision, Hit } from './decision.ts'
import { matchesRule } from './match-rule.ts'

/** Same state and flow, same decision: no clock, no I/O. Cost: O(rules of the policies that apply). */
export function evaluate(state: PolicyState, flow: Flow): Decision {
  const { source, destination } = flow
  if (source.endpoint !== undefined && source.endpoint === destination.endpoint) {
    return { verdict: 'Allow', egress: undefined, ingress: undefined }
  }
  const egress = judge(state, source.endpoint, 'Egress', flow)
  if (egress?.verdict === 'Deny') return { verdict: 'Deny', egress, ingress: undefined }
  const ingress = judge(state, destination.endpoint, 'Ingress', flow)
  return { verdict: ingress?.verdict ?? 'Allow', egress, ingress }
}

function judge(
  state: PolicyState,
  endpoint: Endpoint | undefined,
  direction: Direction,
  flow: Flow,
): EndpointDecision | undefined {
  if (endpoint === undefined) return undefined
  const trace = walk(state.effectivePolicy(endpoint, direction), endpoint.profiles, flow)
  const last = trace.at(-1) as Hit
  return { direction, endpoint: endpoint.key, verdict: last.action === 'Allow' ? 'Allow' : 'Deny', trace }
}

function walk(policy: EffectivePolicy, profiles: readonly ProfileRef[], flow: Flow): [...Hit[], Hit] {
  const trace: Hit[] = []
  for (const tier of policy.tiers) {
    const hit = hitTier(tier, policy.direction, flow)
    if (hit.action !== 'Pass') return [...trace, hit]
    trace.push(hit)
  }
  return [...trace, hitProfiles(profiles)]
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

function firstMatch(rules: readonly Rule[], flow: Flow): DecidingRule | undefined {
  return rules.find((rule): rule is DecidingRule => rule.action !== 'Log' && matchesRule(rule, flow))
}

/** The first profile with rules decides: a known namespace allows, an unknown one denies; without any it is Deny. */
function hitProfiles(profiles: readonly ProfileRef[]): Hit {
  for (const { name, action } of profiles) {
    if (action !== 'None') return { kind: 'Profile', profile: name, action }
  }
  return { kind: 'NoProfile', action: 'Deny' }
}
