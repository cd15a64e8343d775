import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  EndpointSlice,
  FelixConfiguration,
  GlobalNetworkPolicy,
  GlobalNetworkSet,
  HostEndpoint,
  IpPool,
  KubernetesNetworkPolicy,
  Namespace,
  NetworkPolicy,
  NetworkSet,
  Node,
  Pod,
  Profile,
  Resource,
  ServiceAccount,
  Tier,
} from '@margay/resources'
import type { Delta } from './delta.ts'
import type { StagedResource } from './staged-policies.ts'
import type { ResourceChange } from './state-delta.ts'

export type PolicyResource =
  | NetworkPolicy
  | GlobalNetworkPolicy
  | KubernetesNetworkPolicy
  | ClusterNetworkPolicy
  | AdminNetworkPolicy
  | BaselineAdminNetworkPolicy

/** The resources that policy is made of, by kind. */
export interface ResourceTable {
  readonly namespaces: Namespace[]
  readonly serviceAccounts: ServiceAccount[]
  readonly nodes: Node[]
  readonly pods: Pod[]
  readonly tiers: Tier[]
  /** Of all APIs; enforced. */
  readonly policies: PolicyResource[]
  readonly stagedPolicies: StagedResource[]
  readonly networkSets: (NetworkSet | GlobalNetworkSet)[]
  readonly hostEndpoints: HostEndpoint[]
  readonly profiles: Profile[]
  readonly configurations: FelixConfiguration[]
  readonly pools: IpPool[]
  readonly endpointSlices: EndpointSlice[]
}

/** How the resources of each kind changed. */
export type TableDelta = {
  readonly [Kind in keyof ResourceTable]: Delta<ResourceTable[Kind][number]>
}

export function tableDelta(changes: readonly ResourceChange[]): TableDelta {
  const gone = tabulate(changes.map(({ before }) => before).filter((it) => it !== undefined))
  const come = tabulate(changes.map(({ after }) => after).filter((it) => it !== undefined))
  const of = <K extends keyof ResourceTable>(kind: K) => ({ gone: gone[kind], come: come[kind] })
  return {
    namespaces: of('namespaces'),
    serviceAccounts: of('serviceAccounts'),
    nodes: of('nodes'),
    pods: of('pods'),
    tiers: of('tiers'),
    policies: of('policies'),
    stagedPolicies: of('stagedPolicies'),
    networkSets: of('networkSets'),
    hostEndpoints: of('hostEndpoints'),
    profiles: of('profiles'),
    configurations: of('configurations'),
    pools: of('pools'),
    endpointSlices: of('endpointSlices'),
  }
}

/** Sorts resources into their kinds; kinds without a part in policy are left out. */
function tabulate(resources: Iterable<Resource>): ResourceTable {
  const table: ResourceTable = {
    namespaces: [],
    serviceAccounts: [],
    nodes: [],
    pods: [],
    tiers: [],
    policies: [],
    stagedPolicies: [],
    networkSets: [],
    hostEndpoints: [],
    profiles: [],
    configurations: [],
    pools: [],
    endpointSlices: [],
  }
  for (const resource of resources) file(resource, table)
  return table
}

function file(resource: Resource, table: ResourceTable): void {
  switch (resource.kind) {
    case 'Namespace':
      table.namespaces.push(resource)
      break
    case 'ServiceAccount':
      table.serviceAccounts.push(resource)
      break
    case 'Node':
      table.nodes.push(resource)
      break
    case 'Pod':
      table.pods.push(resource)
      break
    case 'Tier':
      table.tiers.push(resource)
      break
    case 'NetworkPolicy':
    case 'GlobalNetworkPolicy':
    case 'ClusterNetworkPolicy':
    case 'AdminNetworkPolicy':
    case 'BaselineAdminNetworkPolicy':
      table.policies.push(resource)
      break
    case 'StagedNetworkPolicy':
    case 'StagedGlobalNetworkPolicy':
    case 'StagedKubernetesNetworkPolicy':
      table.stagedPolicies.push(resource)
      break
    case 'NetworkSet':
    case 'GlobalNetworkSet':
      table.networkSets.push(resource)
      break
    case 'HostEndpoint':
      table.hostEndpoints.push(resource)
      break
    case 'Profile':
      table.profiles.push(resource)
      break
    case 'FelixConfiguration':
      table.configurations.push(resource)
      break
    case 'IPPool':
      table.pools.push(resource)
      break
    case 'EndpointSlice':
      table.endpointSlices.push(resource)
      break
  }
}
