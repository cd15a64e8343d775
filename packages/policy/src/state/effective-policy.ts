/** Which policies govern an endpoint: tiers with at least one policy that applies, in evaluation order. */
import { matchesSelector } from '@margay/resources'
import type { Policy, Tier } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import { PolicyIndex } from './policy-index.ts'

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

export type Labels = ReadonlyMap<string, string>

/**
 * Policies before connection tracking or destination NAT never govern a workload (spec I12, I15). Of a tier and labels that were asked
 * about before, it is the same object again.
 */
export function workloadTiers(tiers: readonly Tier[], labels: Labels, direction: Direction): EffectiveTier[] {
  return tiers
    .map((tier) => effectiveTier(tier, labels, direction))
    .filter((tier) => tier.policies.length > 0)
}

type ByDirection = Partial<Record<Direction, EffectiveTier>>

const effectiveByTier = new WeakMap<Tier, WeakMap<Labels, ByDirection>>()

function effectiveTier(tier: Tier, labels: Labels, direction: Direction): EffectiveTier {
  const byLabels = effectiveByTier.get(tier) ?? new WeakMap<Labels, ByDirection>()
  effectiveByTier.set(tier, byLabels)
  const known = byLabels.get(labels)
  if (known?.[direction] !== undefined) return known[direction]
  const made = {
    name: tier.name,
    defaultAction: tier.defaultAction,
    policies: indexOf(tier)
      .candidates(labels)
      .filter((policy) => isForWorkloads(policy) && governs(policy, direction) && selects(policy, labels)),
  }
  byLabels.set(labels, { ...known, [direction]: made })
  return made
}

function isForWorkloads({ doNotTrack, preDNAT }: Policy): boolean {
  return !doNotTrack && !preDNAT
}

const indexByTier = new WeakMap<Tier, PolicyIndex>()

function indexOf(tier: Tier): PolicyIndex {
  const known = indexByTier.get(tier)
  if (known !== undefined) return known
  const made = new PolicyIndex(tier.policies)
  indexByTier.set(tier, made)
  return made
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

export function selects({ appliesTo }: Policy, labels: Labels): boolean {
  return matchesSelector(appliesTo, (name) => labels.get(name))
}
