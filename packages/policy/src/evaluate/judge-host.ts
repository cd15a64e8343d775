/** How a host endpoint judges a packet at one of its stages. Source: spec/dataplane.md 1.10 and 2.2, spec/api.md I12 to I16. */
import type { Flow } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import type { Profile } from '../model/profile.ts'
import type { Direction } from '../model/rule.ts'
import type { EffectiveHostPolicy, HostStage } from '../state/effective-host-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { Hit, StageDecision } from './decision.ts'
import { failsafeOf } from './failsafe.ts'
import { firstMatch } from './rule-walk.ts'
import { hasDecided, walkTiers } from './walk-tiers.ts'

export interface HostJudge {
  readonly state: PolicyState
  readonly settings: NodeSettings
}

/** Undefined where the stage has nothing to say: the early ones without a policy. */
export function judgeHost(
  { state, settings }: HostJudge,
  host: HostEndpoint,
  stage: HostStage,
  direction: Direction,
  flow: Flow,
): StageDecision | undefined {
  const policy = state.effectiveHostPolicy(host, stage, direction)
  if (isEarly(stage) && policy.tiers.length === 0) return undefined
  const failsafe = failsafeOf(settings, stage, direction, flow)
  // Saved before its time, a packet is judged again by the later stages, where failsafe ports save it again.
  const saved: Hit[] =
    failsafe === undefined ? [] : [{ kind: 'Failsafe', failsafe, action: isEarly(stage) ? 'Pass' : 'Allow' }]
  const trace = saved.length > 0 ? saved : traceOf(policy, flow)
  const action = trace.at(-1)?.action ?? 'Deny'
  const isAsked = saved.length === 0 && !isEarly(stage)
  const pending = isAsked ? state.stagedHostPolicy(host, stage, direction) : undefined
  const staged = pending === undefined ? {} : { staged: traceOf(pending, flow) }
  return { stage, direction, endpoint: host.key, action, trace, ...staged }
}

function isEarly(stage: HostStage): boolean {
  return stage === 'Untracked' || stage === 'PreDNAT'
}

function traceOf(policy: EffectiveHostPolicy, flow: Flow): Hit[] {
  const trace = walkTiers(policy, flow)
  return hasDecided(trace) ? trace : [...trace, endOf(policy, flow)]
}

function endOf({ stage, profiles, direction, otherwise }: EffectiveHostPolicy, flow: Flow): Hit {
  if (stage === 'Normal') return hitProfiles(profiles, direction, flow)
  return { kind: 'Undecided', action: otherwise }
}

/** The first rule of all that matches decides; Pass in a profile denies, since nothing comes after it (spec I7). */
function hitProfiles(profiles: readonly Profile[], direction: Direction, flow: Flow): Hit {
  for (const { name, ingress, egress } of profiles) {
    const rule = firstMatch(direction === 'Ingress' ? ingress : egress, flow)
    if (rule === undefined) continue
    const action = rule.action === 'Allow' ? 'Allow' : 'Deny'
    return { kind: 'Profile', profile: name, ruleIndex: rule.origin, action }
  }
  return { kind: 'NoProfile', action: 'Deny' }
}
