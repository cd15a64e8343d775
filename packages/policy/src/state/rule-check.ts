import { lowerPolicyRules } from '../lower/lower-policy.ts'
import { LoweredPeers } from '../lower/lowered-peers.ts'
import type { PolicySource } from '../lower/read-policy.ts'
import { AddressSets } from './address-set.ts'
import { usesOf } from './rule-uses.ts'
import { ServiceSets } from './service-set.ts'

/**
 * Lowers rules only to find out what can't be understood, and whom they name: nothing of it is kept. What is said alike of peers is
 * looked at once by each of these.
 */
export class RuleCheck {
  readonly #with = {
    sets: new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] }),
    services: new ServiceSets(),
    peers: new LoweredPeers(),
  }

  /** The ids of the services that the rules name. */
  servicesOf(source: PolicySource, report: (message: string) => void): readonly string[] {
    return usesOf(lowerPolicyRules(source, { ...this.#with, report })).services
  }
}
