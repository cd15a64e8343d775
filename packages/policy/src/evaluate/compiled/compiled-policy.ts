/** What governs an endpoint in one direction, made so that a decision costs the rules that may match, and not all that there are. */
import type { Flow } from '../../model/flow.ts'
import type { Policy } from '../../model/policy.ts'
import type { EffectivePolicy } from '../../state/effective-policy.ts'
import { matchesRule } from '../match-rule.ts'
import { type DecidingRule, decides, type FoundRule, type RuleSearch, rulesOf } from '../rule-walk.ts'
import type { AscendingLists } from './ascending-lists.ts'
import { RuleIndex } from './rule-index.ts'

/** As many of the first rules are asked one by one: connections that those decide need no index. */
const askedDirectly = 8

/** Valid as long as the effective policy is that object: whatever may change about its rules is asked for each flow. */
export class CompiledPolicy {
  /** Those that decide, of all tiers in evaluation order. */
  readonly #rules: DecidingRule[] = []
  /** Of each rule. */
  readonly #policies: Policy[] = []
  /** The position of each tier's first rule, and the end. */
  readonly #starts: number[] = []
  readonly #index: RuleIndex

  /** Cost: O(rules); all of them are lowered. */
  constructor({ tiers, direction }: EffectivePolicy) {
    for (const { policies } of tiers) {
      this.#starts.push(this.#rules.length)
      for (const policy of policies) {
        for (const rule of rulesOf(policy, direction).filter(decides)) {
          this.#rules.push(rule)
          this.#policies.push(policy)
        }
      }
    }
    this.#starts.push(this.#rules.length)
    this.#index = new RuleIndex(this.#rules, direction)
  }

  search(flow: Flow): RuleSearch {
    let candidates: AscendingLists | undefined
    const next = (from: number) => {
      if (from < askedDirectly) return from
      candidates ??= this.#index.candidates(flow)
      return candidates.next(from)
    }
    return { firstOf: (tier) => this.#firstOf(tier, flow, next) }
  }

  #firstOf(tier: number, flow: Flow, next: (from: number) => number): FoundRule | undefined {
    const [start = 0, end = 0] = [this.#starts[tier], this.#starts[tier + 1]]
    for (let position = next(start); position < end; position = next(position + 1)) {
      const rule = this.#rules[position]
      if (rule !== undefined && matchesRule(rule, flow)) return this.#found(position, rule)
    }
    return undefined
  }

  #found(position: number, rule: DecidingRule): FoundRule | undefined {
    const policy = this.#policies[position]
    return policy === undefined ? undefined : { policy, rule }
  }
}
