/** What governs an endpoint: tiers with at least one policy that applies, in evaluation order. */
import type { Policy, Tier } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import { isSameList } from './same-list.ts'

/** What governs one endpoint in one direction. */
export interface EffectivePolicy {
  readonly direction: Direction
  readonly tiers: readonly EffectiveTier[]
}

export interface EffectiveTier {
  readonly name: string
  readonly defaultAction: Tier['defaultAction']
  /** Never empty. */
  readonly policies: readonly Policy[]
}

/** Policies before connection tracking or destination NAT never govern a workload (spec I12, I15). */
export function isForWorkloads({ doNotTrack, preDNAT }: Policy): boolean {
  return !doNotTrack && !preDNAT
}

export function applyingTiers(
  tiers: readonly EffectiveTier[],
  applies: (policy: Policy) => boolean,
): EffectiveTier[] {
  return tiers
    .map(({ name, defaultAction, policies }) => ({ name, defaultAction, policies: policies.filter(applies) }))
    .filter((tier) => tier.policies.length > 0)
}

export function governs({ directions }: Policy, direction: Direction): boolean {
  return directions.includes(direction)
}

/** Of one direction: do the same tiers with the same policies govern, in the same order? */
export function isSamePolicy({ tiers }: EffectivePolicy, { tiers: others }: EffectivePolicy): boolean {
  return tiers.length === others.length && tiers.every((tier, i) => isSameTier(tier, others[i]))
}

function isSameTier(
  { name, defaultAction, policies }: EffectiveTier,
  other: EffectiveTier | undefined,
): boolean {
  return name === other?.name && defaultAction === other.defaultAction && isSameList(policies, other.policies)
}
