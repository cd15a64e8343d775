import { builtInTiers, type Tier as TierResource } from '@margay/resources'
import { compareTiers } from '../lower/order.ts'
import type { Policy, Tier } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import { type Delta, isEmpty } from './delta.ts'
import type { EffectivePolicy, EffectiveTier } from './effective-policy.ts'
import { LiveTier, type Selection } from './live-tier.ts'
import type { Labels } from './policy-index.ts'
import { isSameList } from './same-list.ts'

/** What all tiers say about certain labels. */
export interface Governing {
  /** Tiers with all policies that select the labels, of whatever stage; none is empty. */
  readonly selecting: readonly EffectiveTier[]
  /** What governs a workload. */
  readonly Ingress: EffectivePolicy
  readonly Egress: EffectivePolicy
}

const builtIn = new Map(builtInTiers.map((tier) => [tier.metadata.name, tier]))

/** All tiers while they and their policies come and go. The built-in ones always exist. */
export class LiveTiers {
  readonly #byName = new Map<string, LiveTier>()
  readonly #resources = new Map<string, TierResource>()
  #sorted: readonly LiveTier[] = []
  #tiers: readonly Tier[] = []
  #version = 0
  readonly #governing = new WeakMap<Labels, { version: number; governing: Governing }>()

  constructor() {
    for (const name of builtIn.keys()) this.#place(name)
    this.#sort()
  }

  /** In evaluation order. One of which nothing changed is the same object again. */
  get tiers(): readonly Tier[] {
    return this.#tiers
  }

  /** True if one that exists or existed came, went, or has another order or default action. Cost: what changed, and its tier's length. */
  update(resources: Delta<TierResource>, policies: Delta<Policy>): boolean {
    if (isEmpty(resources) && isEmpty(policies)) return false
    this.#updatePolicies(policies)
    const isAnyPlaced = this.#updateResources(resources)
    for (const [name, { tier }] of this.#byName) {
      if (!tier.exists && tier.policies.length === 0) this.#byName.delete(name)
    }
    this.#sort()
    return isAnyPlaced
  }

  /** For labels that nothing concerns that changed since they were asked about, it is the same object again. */
  governing(labels: Labels): Governing {
    const known = this.#governing.get(labels)
    if (known?.version === this.#version) return known.governing
    const governing = this.#find(labels, known?.governing)
    this.#governing.set(labels, { version: this.#version, governing })
    return governing
  }

  #updatePolicies({ gone, come }: Delta<Policy>): void {
    const [goneByTier, comeByTier] = [gone, come].map((it) => Map.groupBy(it, ({ tier }) => tier))
    const names = new Set([...gone, ...come].map(({ tier }) => tier))
    for (const name of names) {
      const changes = { gone: goneByTier?.get(name) ?? [], come: comeByTier?.get(name) ?? [] }
      this.#named(name).update(changes)
    }
  }

  #updateResources({ gone, come }: Delta<TierResource>): boolean {
    for (const { metadata } of gone) this.#resources.delete(metadata.name)
    for (const tier of come) this.#resources.set(tier.metadata.name, tier)
    const names = new Set([...gone, ...come].map(({ metadata }) => metadata.name))
    return [...names].map((name) => this.#place(name)).includes(true)
  }

  #place(name: string): boolean {
    return this.#named(name).place(this.#resources.get(name) ?? builtIn.get(name))
  }

  #named(name: string): LiveTier {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const made = new LiveTier(name)
    this.#byName.set(name, made)
    return made
  }

  #sort(): void {
    this.#sorted = [...this.#byName.values()].sort((a, b) => compareTiers(a.tier, b.tier))
    this.#tiers = this.#sorted.map(({ tier }) => tier)
    this.#version++
  }

  #find(labels: Labels, known: Governing | undefined): Governing {
    const selections = this.#sorted.map((tier) => tier.selection(labels))
    const selecting = thoseWithPolicies(selections.map(({ all }) => all))
    const inDirection = (direction: Direction) => effectivePolicy(direction, selections, known?.[direction])
    const found = {
      selecting: known !== undefined && isSameList(known.selecting, selecting) ? known.selecting : selecting,
      Ingress: inDirection('Ingress'),
      Egress: inDirection('Egress'),
    }
    return known !== undefined && isSame(known, found) ? known : found
  }
}

function effectivePolicy(
  direction: Direction,
  selections: readonly Selection[],
  known: EffectivePolicy | undefined,
): EffectivePolicy {
  const tiers = thoseWithPolicies(selections.map((it) => it[direction]))
  return known !== undefined && isSameList(known.tiers, tiers) ? known : { direction, tiers }
}

function thoseWithPolicies(tiers: readonly EffectiveTier[]): EffectiveTier[] {
  return tiers.filter(({ policies }) => policies.length > 0)
}

function isSame(one: Governing, other: Governing): boolean {
  return one.selecting === other.selecting && one.Ingress === other.Ingress && one.Egress === other.Egress
}
