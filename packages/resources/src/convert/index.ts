export { convertAdminNetworkPolicy } from './admin-network-policy.ts'
export { convertClusterNetworkPolicy } from './cluster-network-policy.ts'
export type { ClusterPolicyContext } from './cluster-policy.ts'
export type { ConvertedPolicy, PolicyKind } from './converted-policy.ts'
export { labelSelectorToSelector } from './label-selector.ts'
export { convertNetworkPolicy, kubernetesPolicyOrder } from './network-policy.ts'
export { nodeAddresses } from './node-addresses.ts'
export type { EndpointPort, WorkloadEndpoint } from './pod.ts'
export {
  identityLabels,
  interfaceNameOf,
  isEndpoint,
  nodeOf,
  ownLabelsOf,
  podAddresses,
  podPorts,
  podToWorkloadEndpoint,
  profileNames,
  serviceAccountOf,
} from './pod.ts'
export { namespaceProfileLabels, serviceAccountProfileLabels } from './profile-labels.ts'
export { workloadToPod } from './workload.ts'
