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
import type { OwnedRule, Stage, StageEnd, StageTier } from '../decide/group.ts'
import type { GroupTexts } from '../decide/group-text.ts'
import { stagedReason } from '../decide/outcome.ts'

interface StageContent extends Pick<Stage, 'kind' | 'direction' | 'isStaged' | 'end'> {
  readonly tiers: readonly EffectiveTier[]
  /** Only host endpoints have any. */
  readonly profiles: readonly Profile[]
}

const enforced = { isStaged: false, profiles: [] } as const
const staged = { isStaged: true, profiles: [] } as const

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
    return this.#stage({ ...enforced, kind: 'Workload', direction, tiers, end: endOf(endpoint) })
  }

  /** Undefined where no staged policy concerns the endpoint. */
  stagedOfWorkload(endpoint: Endpoint, direction: Direction): Stage | undefined {
    const policy = this.#state.stagedPolicy(endpoint, direction)
    if (policy === undefined) return undefined
    const end = stagedEndOf(endpoint)
    return this.#stage({ ...staged, kind: 'Workload', direction, tiers: policy.tiers, end })
  }

  ofHost(endpoint: HostEndpoint, stage: HostStage, direction: Direction): Stage {
    const { tiers, profiles, otherwise } = this.#state.effectiveHostPolicy(endpoint, stage, direction)
    return this.#stage({ ...enforced, kind: stage, direction, tiers, profiles, end: hostEnd(otherwise) })
  }

  /** As `stagedOfWorkload`. */
  stagedOfHost(endpoint: HostEndpoint, stage: HostStage, direction: Direction): Stage | undefined {
    const policy = this.#state.stagedHostPolicy(endpoint, stage, direction)
    if (policy === undefined) return undefined
    const { tiers, profiles, otherwise } = policy
    const end = stagedHostEnd(otherwise)
    return this.#stage({ ...staged, kind: stage, direction, tiers, profiles, end })
  }

  #stage(content: StageContent): Stage {
    const { kind, direction, isStaged, tiers, profiles, end } = content
    const identity = this.#identityOf(content)
    const known = this.#byIdentity.get(identity)
    if (known !== undefined) return known
    const names = profiles.map(({ name }) => name)
    const place = isStaged ? ['Staged', kind, direction] : [kind, direction]
    const key = JSON.stringify([...place, tiers.map(tierKey), names, end])
    const all = [...tiers.map((tier) => stageTier(tier, direction)), ...profileTier(profiles, direction)]
    const made = { key, kind, direction, isStaged, tiers: isStaged ? all.map(withoutLogs) : all, end }
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
  #identityOf({ kind, direction, isStaged, tiers, profiles, end }: StageContent): string {
    const numbers = tiers.map(
      ({ name, defaultAction, policies }) =>
        `${name} ${defaultAction} ${policies.map((policy) => this.#numbers.of(policy)).join(',')}`,
    )
    const own = profiles.map((profile) => this.#numbers.of(profile))
    return [kind, direction, isStaged, ...numbers, own.join(','), end.verdict, end.reason].join('|')
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

/** A staged policy leaves no lines in the log. */
function withoutLogs({ rules, ...tier }: StageTier): StageTier {
  return { ...tier, rules: rules.filter(({ rule }) => rule.action !== 'Log') }
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
function endOf(endpoint: Endpoint): StageEnd {
  const profile = decidingProfile(endpoint)
  if (profile === undefined) return { verdict: 'Deny', reason: 'no profile' }
  const { name, action } = profile
  return { verdict: action === 'Allow' ? 'Allow' : 'Deny', reason: `profile ${name}: ${action}` }
}

function stagedEndOf(endpoint: Endpoint): StageEnd {
  const { verdict } = endOf(endpoint)
  const profile = decidingProfile(endpoint)
  const who = profile === undefined ? 'no profile' : `profile ${profile.name}`
  return { verdict, reason: stagedReason(verdict, who) }
}

function decidingProfile({ profiles }: Endpoint) {
  return profiles.find(({ action }) => action !== 'None')
}

function hostEnd(otherwise: EffectiveHostPolicy['otherwise']): StageEnd {
  return { verdict: otherwise, reason: otherwise === 'Deny' ? 'no profile' : 'no policy' }
}

function stagedHostEnd(otherwise: EffectiveHostPolicy['otherwise']): StageEnd {
  const { verdict, reason } = hostEnd(otherwise)
  return { verdict, reason: stagedReason(verdict, reason) }
}
