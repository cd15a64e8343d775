/** What governs an endpoint at a stage, as one list of tiers: equal ones are one stage, and share everything that follows. */
import {
  type Direction,
  type EffectiveHostPolicy,
  type EffectiveTier,
  type Endpoint,
  formatPolicyRef,
  type HostEndpoint,
  type HostStage,
  type PolicyState,
  type Profile,
} from '@margay/policy'
import type { OwnedRule, Stage, StageEnd, StageKind, StageTier } from '../decide/group.ts'
import type { GroupTexts } from '../decide/group-text.ts'

export class Stages {
  readonly #numbers = new ObjectNumbers()
  readonly #texts: GroupTexts
  #state: PolicyState
  #byIdentity = new Map<string, Stage>()
  #byText = new Map<string, Stage>()

  constructor(state: PolicyState, texts: GroupTexts) {
    this.#state = state
    this.#texts = texts
  }

  /** From now on; stages of which nothing changed stay the same objects. */
  use(state: PolicyState): void {
    this.#state = state
  }

  /** All but these. */
  forgetOthers(inUse: ReadonlySet<Stage>): void {
    if (this.#byIdentity.size < 2 * inUse.size + 100) return
    const used = (stages: ReadonlyMap<string, Stage>) =>
      new Map([...stages].filter(([, stage]) => inUse.has(stage)))
    this.#byIdentity = used(this.#byIdentity)
    this.#byText = used(this.#byText)
  }

  ofWorkload(endpoint: Endpoint, direction: Direction): Stage {
    const { tiers } = this.#state.effectivePolicy(endpoint, direction)
    return this.#stage('Workload', direction, tiers, [], endOf(endpoint))
  }

  ofHost(endpoint: HostEndpoint, stage: HostStage, direction: Direction): Stage {
    const { tiers, profiles, otherwise } = this.#state.effectiveHostPolicy(endpoint, stage, direction)
    return this.#stage(stage, direction, tiers, profiles, hostEnd(otherwise))
  }

  #stage(
    kind: StageKind,
    direction: Direction,
    tiers: readonly EffectiveTier[],
    profiles: readonly Profile[],
    end: StageEnd,
  ): Stage {
    const identity = this.#identityOf(kind, direction, tiers, profiles, end)
    const known = this.#byIdentity.get(identity)
    if (known !== undefined) return known
    const names = profiles.map(({ name }) => name)
    const key = JSON.stringify([kind, direction, tiers.map(tierKey), names, end])
    const all = [...tiers.map((tier) => stageTier(tier, direction)), ...profileTier(profiles, direction)]
    const made: Stage = { key, kind, direction, tiers: all, end }
    const stage = this.#sameAs(made)
    this.#byIdentity.set(identity, stage)
    return stage
  }

  /** One that says the same, if there is one: policies are read anew more often than their meaning changes. */
  #sameAs(made: Stage): Stage {
    const text = this.#texts.ofStage(made).key
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    this.#byText.set(text, made)
    return made
  }

  /** A policy that says something else is another object of the same name. */
  #identityOf(
    kind: StageKind,
    direction: Direction,
    tiers: readonly EffectiveTier[],
    profiles: readonly Profile[],
    end: StageEnd,
  ): string {
    const numbers = tiers.map(
      ({ name, defaultAction, policies }) =>
        `${name} ${defaultAction} ${policies.map((policy) => this.#numbers.of(policy)).join(',')}`,
    )
    const own = profiles.map((profile) => this.#numbers.of(profile))
    return [kind, direction, ...numbers, own.join(','), end.verdict, end.reason].join('|')
  }
}

/** A number for each object, as long as it lives. */
class ObjectNumbers {
  readonly #byObject = new WeakMap<object, number>()
  #next = 1

  of(object: object): number {
    const known = this.#byObject.get(object)
    if (known !== undefined) return known
    this.#byObject.set(object, this.#next)
    return this.#next++
  }
}

function tierKey({ name, defaultAction, policies }: EffectiveTier): unknown {
  return [name, defaultAction, policies.map(({ ref }) => formatPolicyRef(ref))]
}

function stageTier({ name, defaultAction, policies }: EffectiveTier, direction: Direction): StageTier {
  const rules = policies.flatMap(({ ref, ingress, egress }): OwnedRule[] => {
    const [kind = '', path = ''] = formatPolicyRef(ref).split(':')
    const owner = { tier: name, kind, path }
    return (direction === 'Ingress' ? ingress : egress).map((rule) => ({ rule, owner }))
  })
  return { name, defaultAction, rules }
}

/** All profiles are one: behind a Pass in any of them there is no next, only the end. */
function profileTier(profiles: readonly Profile[], direction: Direction): StageTier[] {
  const rules = profiles.flatMap(({ name, ingress, egress }): OwnedRule[] => {
    const owner = { tier: profileTierName, kind: 'pro', path: name }
    return (direction === 'Ingress' ? ingress : egress).map((rule) => ({ rule, owner }))
  })
  return rules.length === 0 ? [] : [{ name: profileTierName, defaultAction: 'Pass', rules }]
}

/** As flow logs call it. Source: spec/dataplane.md 5.4. */
const profileTierName = '__PROFILE__'

/** Where no tier decided, the first profile with rules does; without one it is Deny. */
function endOf({ profiles }: Endpoint): StageEnd {
  const profile = profiles.find(({ action }) => action !== 'None')
  if (profile === undefined) return { verdict: 'Deny', reason: 'no profile' }
  const { name, action } = profile
  return { verdict: action === 'Allow' ? 'Allow' : 'Deny', reason: `profile ${name}: ${action}` }
}

function hostEnd(otherwise: EffectiveHostPolicy['otherwise']): StageEnd {
  return { verdict: otherwise, reason: otherwise === 'Deny' ? 'no profile' : 'no policy' }
}
