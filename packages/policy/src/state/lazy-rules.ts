import { lowerPolicyRules } from '../lower/lower-policy.ts'
import { LoweredPeers } from '../lower/lowered-peers.ts'
import type { PolicySource } from '../lower/read-policy.ts'
import type { PolicyRules } from '../model/policy.ts'
import type { AddressSets } from './address-set.ts'
import type { LazyPolicy, PolicyKey, RulesLowering } from './lazy-policy.ts'
import { type RuleUses, usesOf } from './rule-uses.ts'
import type { ServiceSets } from './service-set.ts'

/** What rules are lowered with. */
export interface RuleSources {
  readonly sets: AddressSets
  readonly services: ServiceSets
  /** Of a policy that could be read before. */
  readonly read: (key: PolicyKey) => PolicySource
}

/** The rules of those policies that were asked for them: the sets that they name are kept as long as the policy is there. */
export class LazyRules implements RulesLowering {
  readonly #from: RuleSources
  readonly #setsOf = new Map<LazyPolicy, RuleUses['sets']>()
  readonly #gone = new WeakSet<LazyPolicy>()
  #left: RuleUses['sets'][] = []
  /** Since the last change of policies: they hold sets that may be forgotten then. */
  #peers = new LoweredPeers()

  constructor(from: RuleSources) {
    this.#from = from
  }

  /** A policy that is gone is answered, too, but nothing is kept for it. */
  rulesOf(policy: LazyPolicy): PolicyRules {
    const rules = this.#lower(policy)
    const { sets, services } = usesOf(rules)
    this.#from.sets.retain(sets)
    if (this.#gone.has(policy)) {
      this.#left.push(sets)
      this.#from.services.release(services, policy)
    } else this.#setsOf.set(policy, sets)
    return rules
  }

  /** The sets of these are kept until others go: whatever takes their place most likely names the same, and is not asked yet. */
  leave(policies: readonly LazyPolicy[]): void {
    if (policies.length + this.#left.length === 0) return
    for (const sets of this.#left) this.#from.sets.release(sets)
    this.#left = []
    this.#peers = new LoweredPeers()
    for (const policy of policies) {
      this.#left.push(this.#setsOf.get(policy) ?? [])
      this.#setsOf.delete(policy)
      this.#gone.add(policy)
    }
  }

  #lower({ key }: LazyPolicy): PolicyRules {
    const { sets, services, read } = this.#from
    // What can't be understood was reported when the policy came.
    return lowerPolicyRules(read(key), { sets, services, peers: this.#peers, report: () => {} })
  }
}
