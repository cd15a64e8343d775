import { defaultTierOrder, type Tier as TierResource } from '@margay/resources'
import { comparePolicies } from '../lower/order.ts'
import type { Policy, Tier } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import { BySet } from './by-set.ts'
import { type Delta, isEmpty } from './delta.ts'
import { type EffectiveTier, governs, isForWorkloads } from './effective-policy.ts'
import { type Labels, PolicyIndex, selects } from './policy-index.ts'
import { PolicyLog } from './policy-log.ts'
import { isSameList } from './same-list.ts'
import { edited } from './sorted-list.ts'

/** Of one tier, for certain labels; the tiers in it may be empty. */
export interface Selection {
  /** With all policies that select the labels, of whatever stage. */
  readonly all: EffectiveTier
  /** What governs a workload. */
  readonly Ingress: EffectiveTier
  readonly Egress: EffectiveTier
}

/** One tier while its policies come and go. What it found out about labels that these do not select stays. */
export class LiveTier {
  #tier: Tier
  readonly #log = new PolicyLog()
  #index: PolicyIndex | undefined
  /** By those policies that are not on all: labels that the same ones select share one, until a policy comes or goes. */
  readonly #selectionOf = new BySet<Policy, Selection>()
  #selections = new WeakMap<Labels, { asOf: number; selection: Selection }>()

  constructor(name: string) {
    this.#tier = { name, ...placeOf(undefined), policies: [] }
  }

  get tier(): Tier {
    return this.#tier
  }

  /** Cost: one copy of the list of policies, and what changed. */
  update(policies: Delta<Policy>): void {
    if (isEmpty(policies)) return
    this.#tier = { ...this.#tier, policies: edited(this.#tier.policies, policies, comparePolicies) }
    this.#log.add([...policies.gone, ...policies.come])
    this.#selectionOf.clear()
    this.#index?.update(policies)
  }

  /** Undefined: nobody made it. True if that changes its place or how it ends. */
  place(resource: TierResource | undefined): boolean {
    const { order, exists, defaultAction } = placeOf(resource)
    const { tier } = this
    if (tier.order === order && tier.exists === exists && tier.defaultAction === defaultAction) return false
    this.#tier = { ...tier, order, exists, defaultAction }
    this.#selections = new WeakMap()
    this.#selectionOf.clear()
    return true
  }

  /** Of labels that no policy selects that changed since they were asked about, it is the same object again. */
  selection(labels: Labels): Selection {
    const known = this.#selections.get(labels)
    const { now } = this.#log
    if (known?.asOf === now) return known.selection
    const changed = known === undefined ? undefined : this.#log.since(known.asOf)
    const holds = changed?.every((policy) => !selects(policy, labels)) ?? false
    const selection = known !== undefined && holds ? known.selection : this.#select(labels, known?.selection)
    this.#selections.set(labels, { asOf: now, selection })
    return selection
  }

  #select(labels: Labels, known: Selection | undefined): Selection {
    this.#index ??= new PolicyIndex(this.#tier.policies)
    const { always } = this.#index
    const selecting = this.#index.selecting(labels)
    const selection = this.#selectionOf.of(selecting, () => this.#make(selecting.union(always)))
    return known === undefined ? selection : keptWhereSame(known, selection)
  }

  #make(selecting: ReadonlySet<Policy>): Selection {
    const { name, defaultAction } = this.#tier
    const all = inOrder(selecting, this.#tier.policies)
    const inDirection = (direction: Direction) =>
      all.filter((policy) => isForWorkloads(policy) && governs(policy, direction))
    return {
      all: { name, defaultAction, policies: all },
      Ingress: { name, defaultAction, policies: inDirection('Ingress') },
      Egress: { name, defaultAction, policies: inDirection('Egress') },
    }
  }
}

/** A walk over all of them takes less than sorting many. */
function inOrder(some: ReadonlySet<Policy>, all: readonly Policy[]): readonly Policy[] {
  if (some.size === all.length) return all
  if (8 * some.size > all.length) return all.filter((policy) => some.has(policy))
  return [...some].sort(comparePolicies)
}

function keptWhereSame(known: Selection, now: Selection): Selection {
  const [all, Ingress, Egress] = (['all', 'Ingress', 'Egress'] as const).map((it) =>
    isSameList(known[it].policies, now[it].policies) ? known[it] : now[it],
  ) as [EffectiveTier, EffectiveTier, EffectiveTier]
  const isSame = (one: Selection) => one.all === all && one.Ingress === Ingress && one.Egress === Egress
  return [known, now].find(isSame) ?? { all, Ingress, Egress }
}

/** A tier that only policies name comes after all others, and denies (spec 4). */
function placeOf(resource: TierResource | undefined): Pick<Tier, 'order' | 'exists' | 'defaultAction'> {
  return {
    order: resource?.spec?.order ?? defaultTierOrder,
    exists: resource !== undefined,
    defaultAction: defaultActionOf(resource),
  }
}

/** Whatever is not one of the other two denies. */
function defaultActionOf(resource: TierResource | undefined): Tier['defaultAction'] {
  const action = resource?.spec?.defaultAction
  return action === 'Pass' || action === 'Allow' ? action : 'Deny'
}
