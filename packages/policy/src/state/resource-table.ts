import type {
  ClusterNetworkPolicy,
  EndpointSlice,
  FelixConfiguration,
  GlobalNetworkPolicy,
  GlobalNetworkSet,
  HostEndpoint,
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

/** The resources that policy is made of, by kind. */
export interface ResourceTable {
  readonly namespaces: Namespace[]
  readonly serviceAccounts: ServiceAccount[]
  readonly nodes: Node[]
  readonly pods: Pod[]
  readonly tiers: Tier[]
  readonly networkPolicies: NetworkPolicy[]
  readonly globalNetworkPolicies: GlobalNetworkPolicy[]
  readonly kubernetesNetworkPolicies: KubernetesNetworkPolicy[]
  readonly clusterNetworkPolicies: ClusterNetworkPolicy[]
  readonly networkSets: NetworkSet[]
  readonly globalNetworkSets: GlobalNetworkSet[]
  readonly hostEndpoints: HostEndpoint[]
  readonly profiles: Profile[]
  readonly configurations: FelixConfiguration[]
  readonly endpointSlices: EndpointSlice[]
}

/** Sorts resources into their kinds; kinds without a part in enforcement, the staged ones among them, are left out. */
export function tabulate(resources: Iterable<Resource>): ResourceTable {
  const table: ResourceTable = {
    namespaces: [],
    serviceAccounts: [],
    nodes: [],
    pods: [],
    tiers: [],
    networkPolicies: [],
    globalNetworkPolicies: [],
    kubernetesNetworkPolicies: [],
    clusterNetworkPolicies: [],
    networkSets: [],
    globalNetworkSets: [],
    hostEndpoints: [],
    profiles: [],
    configurations: [],
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
      if (resource.apiVersion === 'projectcalico.org/v3') table.networkPolicies.push(resource)
      else table.kubernetesNetworkPolicies.push(resource)
      break
    case 'GlobalNetworkPolicy':
      table.globalNetworkPolicies.push(resource)
      break
    case 'ClusterNetworkPolicy':
      table.clusterNetworkPolicies.push(resource)
      break
    case 'NetworkSet':
      table.networkSets.push(resource)
      break
    case 'GlobalNetworkSet':
      table.globalNetworkSets.push(resource)
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
    case 'EndpointSlice':
      table.endpointSlices.push(resource)
      break
  }
}
