/**
 * Which policies govern a host endpoint at one of its four stages. The stages' policies are disjoint, but for those with
 * `applyOnForward`, which are of the stage Normal too. Source: spec/api.md I12 to I14, spec/dataplane.md 1.10, 2.2.
 */
import { everyInterface, type HostEndpoint } from '../model/host-endpoint.ts'
import type { Policy } from '../model/policy.ts'
import type { Profile } from '../model/profile.ts'
import type { Direction } from '../model/rule.ts'
import { applyingTiers, type EffectivePolicy, type EffectiveTier, governs } from './effective-policy.ts'
import { isSameList } from './same-list.ts'

/**
 * Untracked: before connection tracking, in both directions. PreDNAT: as it arrives, before destination NAT. Normal: to and
 * from the node itself. Forward: through the node.
 */
export type HostStage = 'Untracked' | 'PreDNAT' | 'Normal' | 'Forward'

export interface EffectiveHostPolicy extends EffectivePolicy {
  readonly stage: HostStage
  /** Asked in order after the tiers; only the stage Normal has any. */
  readonly profiles: readonly Profile[]
  /** For what neither tiers nor profiles decide. Pass: this stage neither drops nor accepts. */
  readonly otherwise: 'Allow' | 'Deny' | 'Pass'
}

/** Of host endpoints that were asked about; what did not change is the same object again. */
export class HostPolicies {
  readonly #known = new WeakMap<HostEndpoint, KnownPolicies>()

  /** `selecting`: the tiers with all policies that select the endpoint, of whatever stage. */
  policy(
    endpoint: HostEndpoint,
    stage: HostStage,
    direction: Direction,
    { selecting, profiles }: Pick<KnownPolicies, 'selecting' | 'profiles'>,
  ): EffectiveHostPolicy {
    let known = this.#known.get(endpoint)
    if (known?.selecting !== selecting || !isSameList(known.profiles, profiles)) {
      known = { selecting, profiles, byStage: new Map() }
      this.#known.set(endpoint, known)
    }
    const key = `${stage} ${direction}` as const
    const policy = known.byStage.get(key) ?? effectiveHostPolicy(endpoint, stage, direction, known)
    known.byStage.set(key, policy)
    return policy
  }
}

interface KnownPolicies {
  readonly selecting: readonly EffectiveTier[]
  readonly profiles: readonly Profile[]
  readonly byStage: Map<`${HostStage} ${Direction}`, EffectiveHostPolicy>
}

function effectiveHostPolicy(
  endpoint: HostEndpoint,
  stage: HostStage,
  direction: Direction,
  { selecting, profiles }: KnownPolicies,
): EffectiveHostPolicy {
  const ofStage = applyingTiers(selecting, (policy) => isOfStage(policy, stage, endpoint))
  const governing = applyingTiers(ofStage, (policy) => governs(policy, direction))
  return {
    stage,
    direction,
    profiles: stage === 'Normal' ? profiles : [],
    tiers: governing.map(endsAs(stage)),
    otherwise: otherwiseOf(stage, ofStage.length > 0),
  }
}

/** Before connection tracking, `*` governs nothing; before destination NAT, nothing leaves. */
function isOfStage(policy: Policy, stage: HostStage, { interfaceName }: HostEndpoint): boolean {
  const { applyOnForward, doNotTrack, preDNAT } = policy
  switch (stage) {
    case 'Untracked':
      return doNotTrack && interfaceName !== everyInterface
    case 'PreDNAT':
      return preDNAT && !doNotTrack
    case 'Normal':
      return !doNotTrack && !preDNAT
    case 'Forward':
      return applyOnForward && !doNotTrack && !preDNAT
  }
}

/** The early stages have no end-of-tier action: what they leave open is for the later ones. */
function endsAs(stage: HostStage) {
  const isEarly = stage === 'Untracked' || stage === 'PreDNAT'
  return (tier: EffectiveTier): EffectiveTier => (isEarly ? { ...tier, defaultAction: 'Pass' } : tier)
}

/** Forwarded packets are free as long as no policy is about them, in either direction (spec I14). */
function otherwiseOf(stage: HostStage, isAnySelecting: boolean): EffectiveHostPolicy['otherwise'] {
  if (stage === 'Normal') return 'Deny'
  return stage === 'Forward' && !isAnySelecting ? 'Allow' : 'Pass'
}
