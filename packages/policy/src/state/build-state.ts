/** Builds the state that policy is evaluated on from resources that validated and defaulted. */
import {
  builtInTiers,
  defaultTierOrder,
  podToWorkloadEndpoint,
  type Resource,
  type Tier as TierResource,
} from '@margay/resources'
import {
  type Inheritance,
  lowerEndpoint,
  lowerGlobalNetworkSet,
  lowerNetworkSet,
} from '../lower/lower-endpoint.ts'
import {
  type LoweringContext,
  lowerClusterNetworkPolicy,
  lowerGlobalNetworkPolicy,
  lowerKubernetesNetworkPolicy,
  lowerNetworkPolicy,
  type PolicyProblem,
} from '../lower/lower-policy.ts'
import { comparePolicies, compareTiers } from '../lower/order.ts'
import type { Policy, Tier } from '../model/policy.ts'
import { AddressSets } from './address-set.ts'
import { PolicyState } from './policy-state.ts'
import { type ResourceTable, tabulate } from './resource-table.ts'

export interface BuiltState {
  readonly state: PolicyState
  /** What could not be understood, and therefore denies. */
  readonly problems: readonly PolicyProblem[]
}

/** Staged policies have no part in it: they are previewed, not enforced. Cost: O(policies + endpoints): who selects whom is found out when it is asked. */
export function buildPolicyState(resources: Iterable<Resource>): BuiltState {
  const table = tabulate(resources)
  const inheritance = inheritanceOf(table)
  const endpoints = table.pods
    .map(podToWorkloadEndpoint)
    .filter((workload) => workload !== undefined)
    .map((workload) => lowerEndpoint(workload, inheritance))
  const networkSets = [
    ...table.networkSets.map((set) => lowerNetworkSet(set, inheritance)),
    ...table.globalNetworkSets.map(lowerGlobalNetworkSet),
  ]
  const problems: PolicyProblem[] = []
  const sets = new AddressSets({ endpoints, networkSets })
  const policies = lowerPolicies(table, { sets, nodes: table.nodes, report: (it) => problems.push(it) })
  return { state: new PolicyState(endpoints, networkSets, buildTiers(table.tiers, policies)), problems }
}

function inheritanceOf(table: ResourceTable): Inheritance {
  return {
    namespaces: new Map(table.namespaces.map((it) => [it.metadata.name, it])),
    serviceAccounts: new Map(
      table.serviceAccounts.map((it) => [`${it.metadata.namespace ?? ''}/${it.metadata.name}`, it]),
    ),
  }
}

function lowerPolicies(table: ResourceTable, context: LoweringContext): Policy[] {
  return [
    ...table.networkPolicies.map((it) => lowerNetworkPolicy(it, context)),
    ...table.globalNetworkPolicies.map((it) => lowerGlobalNetworkPolicy(it, context)),
    ...table.kubernetesNetworkPolicies.map((it) => lowerKubernetesNetworkPolicy(it, context)),
    ...table.clusterNetworkPolicies.map((it) => lowerClusterNetworkPolicy(it, context)),
  ].filter((policy) => policy !== undefined)
}

/** The built-in tiers always exist; a tier that only policies name comes after all others, and denies (spec 4). */
function buildTiers(resources: readonly TierResource[], policies: readonly Policy[]): Tier[] {
  const policiesByTier = Map.groupBy(policies, (policy) => policy.tier)
  const resourcesByName = new Map([...builtInTiers, ...resources].map((tier) => [tier.metadata.name, tier]))
  const names = new Set([...resourcesByName.keys(), ...policiesByTier.keys()])
  return [...names]
    .map((name) => buildTier(name, resourcesByName.get(name), policiesByTier.get(name) ?? []))
    .sort(compareTiers)
}

function buildTier(name: string, resource: TierResource | undefined, policies: readonly Policy[]): Tier {
  return {
    name,
    order: resource?.spec?.order ?? defaultTierOrder,
    exists: resource !== undefined,
    defaultAction: defaultActionOf(resource),
    policies: policies.toSorted(comparePolicies),
  }
}

/** Whatever is not one of the other two denies. */
function defaultActionOf(resource: TierResource | undefined): Tier['defaultAction'] {
  const action = resource?.spec?.defaultAction
  return action === 'Pass' || action === 'Allow' ? action : 'Deny'
}
