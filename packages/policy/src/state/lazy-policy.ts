import type { PolicyHead } from '../lower/lower-policy.ts'
import type { Policy, PolicyRef, PolicyRules } from '../model/policy.ts'
import type { PolicyResource } from './resource-table.ts'
import type { StagedResource } from './staged-policies.ts'

/** What a person wrote. */
export type PolicyKey = PolicyResource | StagedResource

/** Knows what to lower rules with. */
export interface RulesLowering {
  /** Asked at most once of each policy. */
  rulesOf(policy: LazyPolicy): PolicyRules
}

/** Lowers its rules when they are first asked for, and keeps them: an agent asks only policies that govern its own endpoints. */
export class LazyPolicy implements Policy {
  readonly ref: PolicyRef
  readonly tier: string
  readonly order: number
  readonly appliesTo: Policy['appliesTo']
  readonly directions: Policy['directions']
  readonly applyOnForward: boolean
  readonly preDNAT: boolean
  readonly doNotTrack: boolean
  readonly #key: PolicyKey
  readonly #lowering: RulesLowering
  #rules: PolicyRules | undefined

  /** `rules`: if they are known already. */
  constructor(head: PolicyHead, key: PolicyKey, lowering: RulesLowering, rules?: PolicyRules) {
    this.ref = head.ref
    this.tier = head.tier
    this.order = head.order
    this.appliesTo = head.appliesTo
    this.directions = head.directions
    this.applyOnForward = head.applyOnForward
    this.preDNAT = head.preDNAT
    this.doNotTrack = head.doNotTrack
    this.#key = key
    this.#lowering = lowering
    this.#rules = rules
  }

  /** What it was read from. */
  get key(): PolicyKey {
    return this.#key
  }

  get ingress(): PolicyRules['ingress'] {
    this.#rules ??= this.#lowering.rulesOf(this)
    return this.#rules.ingress
  }

  get egress(): PolicyRules['egress'] {
    this.#rules ??= this.#lowering.rulesOf(this)
    return this.#rules.egress
  }
}
