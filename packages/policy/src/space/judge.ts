/**
 * What one list of tiers decides about packets between an endpoint that it governs and its peers: exactly, for all packets at once.
 *
 * The same walk as `walkTiers` does for one packet, with what is left of all packets in place of the packet. Source: spec/api.md 8.1.
 */
import type { IpVersion } from '@margay/netset'
import { namesCriterionKey } from '../classify/criteria.ts'
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpRequest, Sent } from '../model/flow.ts'
import type { Policy } from '../model/policy.ts'
import type { Action, Direction, HttpMatch, PeerMatch, PortMatch, Rule } from '../model/rule.ts'
import type { EffectivePolicy, EffectiveTier } from '../state/effective-policy.ts'
import type { CriteriaTable, NumberedSide } from './criteria-table.ts'
import type { Facts } from './facts.ts'
import { distinctRequests } from './http-requests.ts'
import { type SideNames, trafficOfRule } from './rule-traffic.ts'
import type { Traffic, Traffics } from './traffic.ts'

export interface JudgeContext {
  readonly table: CriteriaTable
  readonly traffics: Traffics
  readonly version: IpVersion
  /** Undefined: connections are judged, which any request may follow. */
  readonly request: Sent | undefined
}

/** Who decided about some packets. Without a rule: no rule of the tier's policies did, and its default action does. */
export interface Decider {
  readonly tier: EffectiveTier
  readonly policy: Policy
  readonly rule: Rule | undefined
  readonly action: Exclude<Action, 'Log'>
}

export interface Observer {
  /** Each decider that there are packets for, in order. */
  readonly onDecided?: (by: Decider, packets: Traffic) => void
  /** Each rule that matches packets, of which none are left. Without this the walk ends when everything is decided. */
  readonly onShadowed?: (of: OwnedRule, packets: Traffic) => void
}

/** What is asked, and who listens. */
export interface Question extends Observer {
  /** Instead of that of the context. */
  readonly request?: Sent | undefined
}

export interface OwnedRule {
  readonly tier: EffectiveTier
  readonly policy: Policy
  readonly rule: Rule
}

export interface Judgement {
  readonly allowed: Traffic
  /** What no tier decided. */
  readonly undecided: Traffic
}

interface NumberedRule {
  readonly rule: Rule
  readonly policy: Policy
  readonly own: NumberedSide
  readonly peer: NumberedSide
}

interface NumberedTier {
  readonly tier: EffectiveTier
  readonly rules: readonly NumberedRule[]
}

interface Walk {
  readonly own: Facts
  readonly peer: Facts
  readonly left: Traffic
  readonly request: Sent | undefined
}

interface Walked {
  readonly allowed: Traffic
  readonly passed: Traffic
}

export class Judge {
  readonly policy: EffectivePolicy
  /** All that its rules ask of the endpoint's own side, and of the peer's: by number, ascending. */
  readonly ownCriteria: readonly number[]
  readonly peerCriteria: readonly number[]
  /** All that its rules ask of HTTP requests. */
  readonly httpMatches: readonly HttpMatch[]
  readonly #direction: Direction
  readonly #tiers: readonly NumberedTier[]
  readonly #context: JudgeContext
  readonly #plain = new Map<Rule, Traffic>()
  #requests: readonly HttpRequest[] | undefined

  constructor(policy: EffectivePolicy, context: JudgeContext) {
    const { direction, tiers } = policy
    this.policy = policy
    this.#direction = direction
    this.#context = context
    this.#tiers = tiers.map((tier) => ({ tier, rules: this.#numbered(tier) }))
    const rules = this.#tiers.flatMap((it) => it.rules)
    this.ownCriteria = ascending(rules.flatMap(({ own }) => own.all))
    this.peerCriteria = ascending(rules.flatMap(({ peer }) => peer.all))
    this.httpMatches = rules.flatMap(({ rule: { http } }) => (http === undefined ? [] : [http]))
  }

  /** HTTP requests, one of each kind that its rules tell apart; mostly there are none. */
  get requests(): readonly HttpRequest[] {
    this.#requests ??= distinctRequests(this.httpMatches)
    return this.#requests
  }

  /** Of `packets` from or to the endpoint. Cost: O(rules), of which those about other peers cost next to nothing. */
  decide(own: Facts, peer: Facts, packets: Traffic, question: Question = {}): Judgement {
    const { traffics } = this.#context
    const request = question.request ?? this.#context.request
    let [allowed, left] = [traffics.none, packets]
    for (const tier of this.#tiers) {
      if (left.isEmpty && question.onShadowed === undefined) break
      const walked = this.#walk(tier, { own, peer, left, request }, question)
      allowed = traffics.unite(allowed, walked.allowed)
      left = walked.passed
    }
    return { allowed, undecided: left }
  }

  #walk({ tier, rules }: NumberedTier, { own, peer, left: all, request }: Walk, observer: Observer): Walked {
    const { traffics } = this.#context
    let [allowed, passed, left] = [traffics.none, traffics.none, all]
    const take = (by: Decider, taken: Traffic) => {
      if (taken.isEmpty) return
      observer.onDecided?.(by, taken)
      if (by.action === 'Allow') allowed = traffics.unite(allowed, taken)
      if (by.action === 'Pass') passed = traffics.unite(passed, taken)
    }
    for (const { rule, policy, ...sides } of rules) {
      if (left.isEmpty && observer.onShadowed === undefined) break
      if (!own.fits(sides.own) || !peer.fits(sides.peer) || !matchesHttp(rule.http, request)) continue
      const matched = this.#trafficOf(rule, own, peer)
      const taken = traffics.intersect(left, matched)
      if (taken.isEmpty && !matched.isEmpty) observer.onShadowed?.({ tier, policy, rule }, matched)
      take({ tier, policy, rule, action: rule.action as Decider['action'] }, taken)
      left = traffics.subtract(left, taken)
    }
    const [policy] = tier.policies
    if (policy !== undefined) take({ tier, policy, rule: undefined, action: tier.defaultAction }, left)
    return { allowed, passed }
  }

  #numbered({ policies }: EffectiveTier): NumberedRule[] {
    const { table } = this.#context
    return policies.flatMap((policy) => {
      const rules = this.#direction === 'Ingress' ? policy.ingress : policy.egress
      return rules
        .filter(({ action }) => action !== 'Log')
        .map((rule): NumberedRule => {
          const [source, destination] = [table.sideOf(rule.source), table.sideOf(rule.destination)]
          const [own, peer] = this.#direction === 'Ingress' ? [destination, source] : [source, destination]
          return { rule, policy, own, peer }
        })
    })
  }

  #trafficOf(rule: Rule, own: Facts, peer: Facts): Traffic {
    const { traffics, version } = this.#context
    const [source, destination] = this.#direction === 'Ingress' ? [peer, own] : [own, peer]
    const names = {
      source: this.#namesOf(rule.source, source, false),
      destination: this.#namesOf(rule.destination, destination, true),
    }
    if (names.source !== noNames || names.destination !== noNames)
      return trafficOfRule(rule, names, version, traffics)
    const known = this.#plain.get(rule)
    if (known !== undefined) return known
    const made = trafficOfRule(rule, names, version, traffics)
    this.#plain.set(rule, made)
    return made
  }

  /** A destination must have the port of its service; of a source, the address suffices. */
  #namesOf(match: PeerMatch, facts: Facts, isDestination: boolean): SideNames {
    const { table } = this.#context
    const isServed = isDestination && match.inService !== undefined
    if (!isServed && !hasNames(match.ports) && !hasNames(match.notPorts)) return noNames
    const portsOf = (ports: PortMatch | undefined) => {
      const key = ports === undefined ? undefined : namesCriterionKey(ports)
      return key === undefined ? [] : facts.portsAt(table.numberOf(key))
    }
    return {
      ports: portsOf(match.ports),
      notPorts: portsOf(match.notPorts),
      service: isServed ? facts.portsAt(table.numberOf(match.inService.id)) : undefined,
    }
  }
}

const noNames: SideNames = { ports: [], notPorts: [], service: undefined }

function hasNames(ports: PortMatch | undefined): boolean {
  return ports !== undefined && ports.names.length > 0
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((one, other) => one - other)
}
