import type { PolicyRules } from '../model/policy.ts'
import { anyPeer, type PeerMatch } from '../model/rule.ts'
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
  peer: PeerMatch,
  { sets, services }: { sets: (AddressSet | AddressPortSet)[]; services: string[] },
): void {
  if (peer === anyPeer) return
  const { inSet, notInSet, inService, ports, notPorts } = peer
  if (inSet !== undefined) sets.push(inSet)
  if (notInSet !== undefined) sets.push(notInSet)
  if (ports?.named !== undefined) sets.push(ports.named)
  if (notPorts?.named !== undefined) sets.push(notPorts.named)
  if (inService !== undefined) services.push(inService.id)
}
