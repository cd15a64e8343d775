/** One rule after another, as policy is written: what every faster way to find the rule that decides is held equal to. */
import type { Flow } from '../model/flow.ts'
import type { Policy } from '../model/policy.ts'
import type { Direction, Rule } from '../model/rule.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import { matchesRule } from './match-rule.ts'

/** Log decides nothing. */
export type DecidingRule = Rule & { readonly action: 'Allow' | 'Deny' | 'Pass' }

export interface FoundRule {
  readonly policy: Policy
  readonly rule: DecidingRule
}

/** For one flow and what governs one endpoint. */
export interface RuleSearch {
  /** The first rule of a tier, by its index, that matches and decides. Tiers are asked in order, each once. */
  firstOf(tier: number): FoundRule | undefined
}

export class RuleWalk implements RuleSearch {
  readonly #policy: EffectivePolicy
  readonly #flow: Flow
  #looked = 0

  constructor(policy: EffectivePolicy, flow: Flow) {
    this.#policy = policy
    this.#flow = flow
  }

  /** How many rules were looked at so far. */
  get looked(): number {
    return this.#looked
  }

  firstOf(tier: number): FoundRule | undefined {
    const { direction, tiers } = this.#policy
    for (const policy of tiers[tier]?.policies ?? []) {
      const rules = rulesOf(policy, direction)
      const rule = firstMatch(rules, this.#flow)
      this.#looked += rule === undefined ? rules.length : rules.indexOf(rule) + 1
      if (rule !== undefined) return { policy, rule }
    }
    return undefined
  }
}

export function rulesOf(policy: Policy, direction: Direction): readonly Rule[] {
  return direction === 'Ingress' ? policy.ingress : policy.egress
}

export function firstMatch(rules: readonly Rule[], flow: Flow): DecidingRule | undefined {
  return rules.find((rule): rule is DecidingRule => decides(rule) && matchesRule(rule, flow))
}

export function decides(rule: Rule): rule is DecidingRule {
  return rule.action !== 'Log'
}
