/**
 * Which policies govern a host endpoint at one of its four stages. The stages' policies are disjoint, but for those with
 * `applyOnForward`, which are of the stage Normal too. Source: spec/api.md I12 to I14, spec/dataplane.md 1.10, 2.2.
 */
import { everyInterface, type HostEndpoint } from '../model/host-endpoint.ts'
import type { Policy, Tier } from '../model/policy.ts'
import type { Profile } from '../model/profile.ts'
import type { Direction } from '../model/rule.ts'
import {
  applyingTiers,
  type EffectivePolicy,
  type EffectiveTier,
  governs,
  selects,
} from './effective-policy.ts'

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

export function hostTiers(
  tiers: readonly Tier[],
  endpoint: HostEndpoint,
  stage: HostStage,
  direction: Direction,
): Pick<EffectiveHostPolicy, 'tiers' | 'otherwise'> {
  const selecting = applyingTiers(
    tiers,
    (policy) => isOfStage(policy, stage, endpoint) && selects(policy, endpoint.labels),
  )
  const governing = applyingTiers(selecting, (policy) => governs(policy, direction))
  return { tiers: governing.map(endsAs(stage)), otherwise: otherwiseOf(stage, selecting.length > 0) }
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
