/**
 * What policies say in vain, or too widely, in the cluster as it is: each finding holds for all packets between all that there are, and
 * says by what. The same holds for all HTTP requests, which rules may tell apart where connections are alike.
 *
 * Host endpoints are looked into at all their stages, as if each stage got all packets, and as if no failsafe port saved any.
 */
import { formatPolicyRef, type Policy, type PolicyRef, type Tier } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import { selects } from '../state/policy-index.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import { Connectivity } from './connectivity.ts'
import type { Facts } from './facts.ts'
import { HostSpace } from './host-space.ts'
import type { HostStageJudge } from './host-stage.ts'
import type { Decider, OwnedRule } from './judge.ts'
import type { JudgedEnd } from './judged-ends.ts'
import { isRedundant, type Judged } from './redundancy.ts'
import { type AskedEnd, questionsAt } from './requests-at.ts'
import { Traffics } from './traffic.ts'
import { versionsIn } from './versions.ts'

export type Check =
  | 'rule-shadowed'
  | 'rule-matches-nobody'
  | 'policy-selects-nobody'
  | 'policy-redundant'
  | 'tier-without-effect'
  | 'egress-to-everywhere'

export interface Finding {
  readonly check: Check
  /** Undefined for a tier. */
  readonly policy: PolicyRef | undefined
  readonly tier: string
  readonly direction?: Direction
  /** In the list that a person wrote. */
  readonly ruleIndex?: number
  /** A sentence without its subject. */
  readonly message: string
  /** Who decides instead. */
  readonly by: readonly string[]
}

export function lintPolicies(state: PolicyState, view: PolicyView = {}): Finding[] {
  const traffics = new Traffics()
  const judged = versionsIn([state]).map((version) => ({
    map: new Connectivity(state, version, { ...view, traffics }),
    hosts: new HostSpace(state, version, traffics, view),
  }))
  const study = new Study()
  for (const it of judged) study.take(it)
  const tiers = view.staged === true ? state.stagedTiers : state.tiers
  return tiers.flatMap((tier) => findingsIn(tier, study, state, judged))
}

function findingsIn(tier: Tier, study: Study, state: PolicyState, judged: readonly Judged[]): Finding[] {
  const ofPolicies = tier.policies.flatMap((policy): Finding[] => {
    if (!study.governs(policy)) return selectsHosts(policy, state) ? [] : [selectsNobody(policy)]
    return isRedundant(policy, judged) ? [canGo(policy)] : study.findingsOf(policy)
  })
  return isIdle(tier, study) ? [...ofPolicies, withoutEffect(tier)] : ofPolicies
}

/** It may be of a stage that such host endpoints don't have. */
function selectsHosts(policy: Policy, { hostEndpoints }: PolicyState): boolean {
  return [...hostEndpoints.values()].some(({ labels }) => selects(policy, labels))
}

function selectsNobody(policy: Policy): Finding {
  const message = 'applies to nobody: no workload and no host endpoint is selected'
  return { check: 'policy-selects-nobody', policy: policy.ref, tier: policy.tier, message, by: [] }
}

function isIdle(tier: Tier, study: Study): boolean {
  return tier.policies.some((policy) => study.governs(policy)) && !study.decidesIn(tier.name)
}

function withoutEffect({ name }: Tier): Finding {
  const message = 'decides about no packet: all pass on to the next tier, or none comes here'
  return { check: 'tier-without-effect', policy: undefined, tier: name, message, by: [] }
}

function canGo(policy: Policy): Finding {
  const message = 'can go: without it the same packets are allowed to and from all that it governs'
  return { check: 'policy-redundant', policy: policy.ref, tier: policy.tier, message, by: [] }
}

interface RuleStudy {
  readonly policy: Policy
  readonly direction: Direction
  readonly ruleIndex: number
  isDeciding: boolean
  /** Who decides about what it matches, where it comes too late. */
  readonly shadowedBy: Set<string>
  /** Does it let everything out to everywhere, for somebody? */
  opensAll: boolean
}

type Examined = Omit<AskedEnd, 'isAllowedAtEnd'>

/** What each rule does anywhere. */
class Study {
  readonly #rules = new Map<string, RuleStudy>()
  readonly #governing = new Set<Policy>()
  readonly #deciding = new Set<string>()

  take({ map, hosts }: Judged): void {
    for (const end of map.ends) {
      this.#know(end.policy)
      for (const asked of questionsAt(end, map))
        for (const peer of map.peersFor(end)) this.#examine(asked, peer)
      if (end.policy.direction === 'Egress') this.#findOpen(end, map)
    }
    const stages = new Map(
      hosts.meanings.flatMap((it) => it.stages.map((stage) => [stage.key, stage] as const)),
    )
    for (const stage of stages.values()) this.#takeStage(stage, hosts)
  }

  #takeStage({ judge, policy }: HostStageJudge, hosts: HostSpace): void {
    this.#know(policy)
    for (const own of hosts.distinct(judge.ownCriteria))
      for (const peer of hosts.distinctPeers(judge.peerCriteria, policy.direction))
        this.#examine({ judge, policy, own, packets: hosts.traffics.all, request: undefined }, peer)
  }

  governs(policy: Policy): boolean {
    return this.#governing.has(policy)
  }

  decidesIn(tier: string): boolean {
    return this.#deciding.has(tier)
  }

  findingsOf(policy: Policy): Finding[] {
    return [...this.#rules.values()]
      .filter((rule) => rule.policy === policy)
      .flatMap((rule): Finding[] => {
        const about = {
          policy: policy.ref,
          tier: policy.tier,
          direction: rule.direction,
          ruleIndex: rule.ruleIndex,
        }
        const by = [...rule.shadowedBy]
        if (rule.opensAll)
          return [
            {
              ...about,
              check: 'egress-to-everywhere',
              message: 'lets everything out to every address',
              by: [],
            },
          ]
        if (rule.isDeciding) return []
        if (by.length === 0)
          return [
            {
              ...about,
              check: 'rule-matches-nobody',
              message: 'matches no packet between those that there are',
              by,
            },
          ]
        return [
          {
            ...about,
            check: 'rule-shadowed',
            message: 'never decides: all that it matches is decided before',
            by,
          },
        ]
      })
  }

  #know({ direction, tiers }: EffectivePolicy): void {
    for (const { policies } of tiers) {
      for (const policy of policies) {
        this.#governing.add(policy)
        const rules = direction === 'Ingress' ? policy.ingress : policy.egress
        for (const { origin, action } of rules) if (action !== 'Log') this.#ruleOf(policy, direction, origin)
      }
    }
  }

  #ruleOf(policy: Policy, direction: Direction, ruleIndex: number): RuleStudy {
    const key = `${formatPolicyRef(policy.ref)} ${direction} ${ruleIndex}`
    const known = this.#rules.get(key)
    if (known !== undefined) return known
    const made = {
      policy,
      direction,
      ruleIndex,
      isDeciding: false,
      shadowedBy: new Set<string>(),
      opensAll: false,
    }
    this.#rules.set(key, made)
    return made
  }

  #examine({ judge, policy: { direction }, own, packets, request }: Examined, peer: Facts): void {
    const before: Decider[] = []
    judge.decide(own, peer, packets, {
      request,
      onDecided: (by) => {
        before.push(by)
        if (by.action !== 'Pass') this.#deciding.add(by.tier.name)
        if (by.rule !== undefined) this.#ruleOf(by.policy, direction, by.rule.origin).isDeciding = true
      },
      onShadowed: (of) => {
        const { shadowedBy } = this.#ruleOf(of.policy, direction, of.rule.origin)
        for (const by of before) if (takesFrom(by, of)) shadowedBy.add(describe(by))
      },
    })
  }

  /** One rule, to which everything comes that goes outside. */
  #findOpen({ judge, own, packets }: JudgedEnd, map: Connectivity): void {
    const openers = map.outsideFacts.map((peer) => {
      const deciders: Decider[] = []
      judge.decide(own, peer, packets, { onDecided: (by) => deciders.push(by) })
      const last = deciders.at(-1)
      const isAlone = deciders.filter(({ action }) => action !== 'Pass').length === 1
      return isAlone && last?.action === 'Allow' ? last : undefined
    })
    const [first] = openers
    if (first?.rule === undefined || !openers.every((it) => it?.rule === first.rule)) return
    this.#ruleOf(first.policy, 'Egress', first.rule.origin).opensAll = true
  }
}

/** In the same tier whatever comes first takes it; of earlier tiers, what does not pass it on. */
function takesFrom(by: Decider, { tier }: OwnedRule): boolean {
  return by.tier === tier || by.action !== 'Pass'
}

function describe({ tier, policy, rule, action }: Decider): string {
  if (rule === undefined) return `tier ${tier.name} end of tier: ${action}`
  return `${formatPolicyRef(policy.ref)} rule ${rule.origin}: ${action}`
}
