/** A whole random world, as the objects that a person would apply. */
import { admit, type Resource, type ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { adminPolicies } from './admin-policies.ts'
import { globalNetworkPolicies, networkPolicies } from './calico-policies.ts'
import type { Cast } from './cast.ts'
import { clusterPolicies } from './cluster-policies.ts'
import { endpointSlices } from './endpoint-slices.ts'
import { hostEndpoints, profiles } from './host-endpoints.ts'
import { hostPolicies } from './host-policies.ts'
import { ipPools } from './ip-pools.ts'
import { kubernetesPolicies } from './kubernetes-policies.ts'
import { networkSets } from './network-sets.ts'
import { configurations } from './node-settings.ts'
import { namespaces, nodes, pods, serviceAccounts } from './population.ts'
import { tiers } from './tiers.ts'

/** Every object is admitted, and none is there twice. Shrinks to few objects that say little. */
export function worlds(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return fc
    .tuple(
      namespaces(cast),
      serviceAccounts(cast),
      nodes(cast),
      pods(cast),
      several(networkSets(cast), 4),
      tiers,
      several(networkPolicies(cast), 6),
      several(globalNetworkPolicies(cast), 5),
      several(kubernetesPolicies(cast), 4),
      several(clusterPolicies(cast), 2),
      several(adminPolicies(cast), 2),
    )
    .map((lists) => lists.flat())
}

/** A world with host endpoints, policies for each of their stages, settings of nodes, and services that have addresses. */
export function hostWorlds(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return fc
    .tuple(
      worlds(cast),
      several(hostEndpoints(cast), 6),
      several(profiles(cast), 1),
      several(hostPolicies(cast), 6),
      configurations(cast),
      ipPools,
      several(endpointSlices(cast), 4),
    )
    .map((lists) => lists.flat())
}

/** @throws Error for an object that is not valid: then a generator is wrong. */
export function admitAll(objects: readonly ResourceObject[]): Resource[] {
  return objects.map((object) => {
    const admission = admit(object)
    if (admission.ok) return admission.resource
    throw new Error(`${JSON.stringify(object)} is refused: ${JSON.stringify(admission.issues)}`)
  })
}

function several(objects: fc.Arbitrary<ResourceObject>, atMost: number): fc.Arbitrary<ResourceObject[]> {
  return fc.uniqueArray(objects, { maxLength: atMost, selector: identityOf })
}

function identityOf({ apiVersion, kind, metadata }: ResourceObject): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
