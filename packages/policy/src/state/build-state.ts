/** Builds the state that policy is evaluated on from resources that validated and defaulted. */
import { builtInTiers, defaultTierOrder, type Resource, type Tier as TierResource } from '@margay/resources'
import {
  type Inheritance,
  lowerGlobalNetworkSet,
  lowerNetworkSet,
  lowerPod,
  type ObjectProblem,
} from '../lower/lower-endpoint.ts'
import { lowerHostEndpoint } from '../lower/lower-host-endpoint.ts'
import {
  type LoweringContext,
  lowerClusterNetworkPolicy,
  lowerGlobalNetworkPolicy,
  lowerKubernetesNetworkPolicy,
  lowerNetworkPolicy,
  type PolicyProblem,
} from '../lower/lower-policy.ts'
import { lowerProfile } from '../lower/lower-profile.ts'
import { lowerSettings } from '../lower/lower-settings.ts'
import { comparePolicies, compareTiers } from '../lower/order.ts'
import type { Policy, Tier } from '../model/policy.ts'
import { AddressSets, type Selectable } from './address-set.ts'
import { PolicyState } from './policy-state.ts'
import { type ResourceTable, tabulate } from './resource-table.ts'
import { ServiceSets } from './service-set.ts'
import { withStaged } from './staged-policies.ts'

export interface BuiltState {
  readonly state: PolicyState
  /** What could not be understood, and therefore denies. */
  readonly problems: readonly PolicyProblem[]
  /** The same of objects that are no policies: the part that is not understood has no effect, or denies. */
  readonly objectProblems: readonly ObjectProblem[]
}

/** Staged policies are kept apart: they are previewed, not enforced. Cost: O(policies + endpoints): who selects whom is found out when it is asked. */
export function buildPolicyState(resources: Iterable<Resource>): BuiltState {
  const table = tabulate(resources)
  const inheritance = inheritanceOf(table)
  const problems: PolicyProblem[] = []
  const objectProblems: ObjectProblem[] = []
  const selectable = lowerSelectable(table, inheritance, (it) => objectProblems.push(it))
  const sets = new AddressSets(selectable)
  const services = new ServiceSets(table.endpointSlices)
  const report = (problem: PolicyProblem) => problems.push(problem)
  const context = { sets, services, nodes: table.nodes, report }
  const policies = table.policies.flatMap((it) => lowerPolicy(it, context))
  const withStagedOnes = withStaged(policies, {
    resources: table.stagedPolicies,
    lower: (it, ref) =>
      lowerPolicy(it, { ...context, report: ({ message }) => report({ policy: ref, message }) }),
  })
  const names = new Set(selectable.hostEndpoints.flatMap(({ profiles }) => profiles))
  const profiles = [...names].map((name) => {
    const report = (message: string) => objectProblems.push({ object: `Profile ${name}`, message })
    return lowerProfile(name, inheritance, { namespace: '', sets, services, report })
  })
  const state = new PolicyState({
    ...selectable,
    tiers: buildTiers(table.tiers, policies),
    stagedTiers: buildTiers(table.tiers, withStagedOnes),
    profiles: new Map(profiles.map((profile) => [profile.name, profile])),
    settings: (node) => lowerSettings(node, table.configurations, table.nodes),
  })
  return { state, problems, objectProblems }
}

function lowerSelectable(
  table: ResourceTable,
  inheritance: Inheritance,
  report: (problem: ObjectProblem) => void,
): Selectable {
  return {
    endpoints: table.pods
      .map((pod) => lowerPod(pod, inheritance, report))
      .filter((endpoint) => endpoint !== undefined),
    hostEndpoints: table.hostEndpoints.map((it) => lowerHostEndpoint(it, inheritance)),
    networkSets: [
      ...table.networkSets.map((set) => lowerNetworkSet(set, inheritance)),
      ...table.globalNetworkSets.map(lowerGlobalNetworkSet),
    ],
  }
}

function inheritanceOf(table: ResourceTable): Inheritance {
  return {
    namespaces: new Map(table.namespaces.map((it) => [it.metadata.name, it])),
    serviceAccounts: new Map(
      table.serviceAccounts.map((it) => [`${it.metadata.namespace ?? ''}/${it.metadata.name}`, it]),
    ),
    profiles: new Map(table.profiles.map((it) => [it.metadata.name, it])),
  }
}

/** None for what is no policy, and for a policy that is as if it did not exist. */
function lowerPolicy(resource: Resource, context: LoweringContext): readonly Policy[] {
  switch (resource.kind) {
    case 'NetworkPolicy':
      if (resource.apiVersion === 'projectcalico.org/v3') return [lowerNetworkPolicy(resource, context)]
      return [lowerKubernetesNetworkPolicy(resource, context)]
    case 'GlobalNetworkPolicy':
      return [lowerGlobalNetworkPolicy(resource, context)]
    case 'ClusterNetworkPolicy': {
      const policy = lowerClusterNetworkPolicy(resource, context)
      return policy === undefined ? [] : [policy]
    }
    default:
      return []
  }
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
