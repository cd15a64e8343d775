/** Endpoints that are governed alike: one list of rules, sorted by tiers, whose own side is answered. */
import type { IpVersion } from '@margay/netset'
import {
  type Direction,
  type EffectiveTier,
  formatPolicyRef,
  type PolicyRef,
  type Rule,
} from '@margay/policy'
import { answerOwnSide, type OwnSide, type PeerRule, peerOf, readsOwnSide } from './peer-rule.ts'

export interface Group {
  /** Equal for equal groups. */
  readonly key: string
  readonly direction: Direction
  readonly version: IpVersion
  readonly tiers: readonly GroupTier[]
  readonly end: GroupEnd
}

export interface GroupTier {
  readonly name: string
  /** Pass goes on to the next tier, and behind the last one to the end. */
  readonly defaultAction: 'Allow' | 'Deny' | 'Pass'
  readonly rules: readonly PeerRule[]
}

/** What happens where no tier decided. */
export interface GroupEnd {
  readonly verdict: 'Allow' | 'Deny'
  readonly reason: string
}

/** Remembers, for each list of policies, which of their rules have to be asked for each endpoint. */
export class Groups {
  readonly #byKey = new Map<string, Group>()
  readonly #ownRules = new Map<string, readonly Rule[]>()

  /** The group of an endpoint's address; equal ones are the same object. Tiers without policy have no part in it. */
  groupOf(tiers: readonly EffectiveTier[], end: GroupEnd, direction: Direction, own: OwnSide): Group {
    const policies = JSON.stringify([direction, tiers.map(tierKey)])
    const asked = this.#askedRules(policies, tiers, direction)
    const answers = asked.map((rule) => answerOwnSide(rule, direction, own) ?? null)
    const { version } = own.address
    const key = JSON.stringify([policies, version, end, answers])
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const made: Group = { key, direction, version, tiers: groupTiers(tiers, direction, own), end }
    this.#byKey.set(key, made)
    return made
  }

  #askedRules(key: string, tiers: readonly EffectiveTier[], direction: Direction): readonly Rule[] {
    const known = this.#ownRules.get(key)
    if (known !== undefined) return known
    const rules = tiers.flatMap(({ policies }) => policies.flatMap((policy) => rulesIn(policy, direction)))
    const asked = rules.filter((rule) => readsOwnSide(rule, direction))
    this.#ownRules.set(key, asked)
    return asked
  }
}

function tierKey({ name, defaultAction, policies }: EffectiveTier): unknown {
  return [name, defaultAction, policies.map(({ ref }) => formatPolicyRef(ref))]
}

function rulesIn(policy: EffectiveTier['policies'][number], direction: Direction): readonly Rule[] {
  return direction === 'Ingress' ? policy.ingress : policy.egress
}

function groupTiers(tiers: readonly EffectiveTier[], direction: Direction, own: OwnSide): GroupTier[] {
  let position = 0
  return tiers.map(({ name, defaultAction, policies }) => ({
    name,
    defaultAction,
    rules: policies.flatMap((policy) =>
      rulesIn(policy, direction)
        .map((rule) => peerRule(rule, policy.ref, position++, direction, own))
        .filter((rule) => rule !== undefined),
    ),
  }))
}

function peerRule(
  rule: Rule,
  policy: PolicyRef,
  position: number,
  direction: Direction,
  own: OwnSide,
): PeerRule | undefined {
  const answer = answerOwnSide(rule, direction, own)
  if (answer === undefined) return undefined
  const { action, origin, protocol, notProtocol, icmp, notIcmp } = rule
  const peer = peerOf(rule, direction)
  return { action, policy, origin, position, protocol, notProtocol, icmp, notIcmp, peer, ...answer }
}
