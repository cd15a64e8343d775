/**
 * What a node has to know, worked out: of each of its endpoints, which policies govern it; of each address set that their rules use,
 * which addresses and prefixes are in it.
 */
import type { Ip } from '@margay/netset'
import type { AddressSet, EffectivePolicy, Endpoint, PolicyState } from '@margay/policy'

export interface FullState {
  readonly governing: ReadonlyMap<Endpoint, readonly EffectivePolicy[]>
  readonly members: ReadonlyMap<AddressSet, Members>
}

export interface Members {
  /** Of endpoints. */
  readonly addresses: readonly Ip[]
  /** Of network sets. */
  readonly nets: AddressSet['nets']
}

export function fullState(state: PolicyState, endpoints: Iterable<Endpoint>): FullState {
  const governing = new Map<Endpoint, readonly EffectivePolicy[]>()
  for (const endpoint of endpoints) {
    governing.set(endpoint, [
      state.effectivePolicy(endpoint, 'Ingress'),
      state.effectivePolicy(endpoint, 'Egress'),
    ])
  }
  const members = new Map<AddressSet, Members>()
  for (const set of setsOf(governing.values())) {
    members.set(set, { addresses: set.addresses(), nets: set.nets })
  }
  return { governing, members }
}

/** Of the rules of policies that govern anybody, each once. */
function setsOf(governing: Iterable<readonly EffectivePolicy[]>): Set<AddressSet> {
  const policies = new Set<EffectivePolicy['tiers'][number]['policies'][number]>()
  for (const tiers of new Set(
    Array.from(governing)
      .flat()
      .flatMap((it) => it.tiers),
  )) {
    for (const policy of tiers.policies) policies.add(policy)
  }
  const sets = new Set<AddressSet>()
  for (const { ingress, egress } of policies) {
    for (const { source, destination } of [...ingress, ...egress]) {
      for (const { inSet, notInSet } of [source, destination]) {
        if (inSet !== undefined) sets.add(inSet)
        if (notInSet !== undefined) sets.add(notInSet)
      }
    }
  }
  return sets
}
