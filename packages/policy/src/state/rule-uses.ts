import type { PolicyRules } from '../model/policy.ts'
import type { PeerMatch } from '../model/rule.ts'
import type { AddressPortSet } from './address-port-set.ts'
import type { AddressSet } from './address-set.ts'

/** What rules refer to, once for each time. */
export interface RuleUses {
  readonly sets: readonly (AddressSet | AddressPortSet)[]
  /** Ids of sets of services. */
  readonly services: readonly string[]
}

export function usesOf({ ingress, egress }: PolicyRules): RuleUses {
  const uses = { sets: [], services: [] }
  for (const rules of [ingress, egress]) {
    for (const { source, destination } of rules) {
      add(source, uses)
      add(destination, uses)
    }
  }
  return uses
}

function add(
  { inSet, notInSet, inService, ports, notPorts }: PeerMatch,
  { sets, services }: { sets: (AddressSet | AddressPortSet)[]; services: string[] },
): void {
  for (const set of [inSet, notInSet, ports?.named, notPorts?.named]) if (set !== undefined) sets.push(set)
  if (inService !== undefined) services.push(inService.id)
}
