export type {
  ClusterPolicyContext,
  ConvertedPolicy,
  EndpointPort,
  PolicyKind,
  WorkloadEndpoint,
} from './convert/index.ts'
export {
  convertAdminNetworkPolicy,
  convertClusterNetworkPolicy,
  convertNetworkPolicy,
  identityLabels,
  interfaceNameOf,
  isEndpoint,
  kubernetesPolicyOrder,
  labelSelectorToSelector,
  namespaceProfileLabels,
  nodeAddresses,
  nodeOf,
  ownLabelsOf,
  podAddresses,
  podPorts,
  podToWorkloadEndpoint,
  profileNames,
  serviceAccountOf,
  serviceAccountProfileLabels,
  workloadToPod,
} from './convert/index.ts'
export { DomainIndex } from './domains/domain-index.ts'
export {
  canonicalDomain,
  type DomainPattern,
  distinctPatterns,
  matchesDomain,
  parseDomainPattern,
} from './domains/domain-pattern.ts'
export type { AdminPolicyIngressPeer, AdminPolicyPort } from './kinds/admin-network-policy/parts.ts'
export type { AdminNetworkPolicy } from './kinds/admin-network-policy/schema.ts'
export { type Admission, type AdmitOptions, admit } from './kinds/admit.ts'
export type { BaselineAdminNetworkPolicy } from './kinds/baseline-admin-network-policy/schema.ts'
export type {
  ClusterNetworkPolicy,
  ClusterPolicyEgressPeer,
  ClusterPolicyEgressRule,
  ClusterPolicyIngressPeer,
  ClusterPolicyIngressRule,
  ClusterPolicyProtocol,
  ClusterPolicySubject,
  NamespacedPods,
} from './kinds/cluster-network-policy/schema.ts'
export type { ConfigMap } from './kinds/config-map/schema.ts'
export { withDefaultName } from './kinds/default-name.ts'
export type { EndpointSlice } from './kinds/endpoint-slice/schema.ts'
export {
  isEventAboutNode,
  isNodeEventName,
  nodeEventName,
  nodeEventNamespace,
} from './kinds/event/node-event.ts'
export type { Event } from './kinds/event/schema.ts'
export {
  clusterConfigurationName,
  defaultFelixSettings,
  type PoolSetting,
} from './kinds/felix-configuration/defaults.ts'
export { type DnsServer, parseDnsServer } from './kinds/felix-configuration/dns-server.ts'
export { durationSeconds } from './kinds/felix-configuration/duration.ts'
export type {
  FailsafePort,
  FelixConfiguration,
  FelixSettings,
  RouteTableRange,
} from './kinds/felix-configuration/schema.ts'
export type { GlobalNetworkPolicy } from './kinds/global-network-policy/schema.ts'
export type { GlobalNetworkSet } from './kinds/global-network-set/schema.ts'
export { isHeaderValue } from './kinds/global-threat-feed/check-headers.ts'
export { type JsonPathStep, parseJsonPath, selectByPath } from './kinds/global-threat-feed/json-path.ts'
export {
  threatFeedNamespace,
  threatFeedSetName,
  threatFeedSourcePrefix,
} from './kinds/global-threat-feed/names.ts'
export type {
  GlobalThreatFeed,
  ThreatFeedCsv,
  ThreatFeedFormat,
  ThreatFeedHeader,
  ThreatFeedStatus,
} from './kinds/global-threat-feed/schema.ts'
export type { HostEndpoint, HostEndpointPort } from './kinds/host-endpoint/schema.ts'
export { installationName } from './kinds/installation/kind.ts'
export type { Installation } from './kinds/installation/schema.ts'
export { withAllocatable } from './kinds/ip-pool/allocatable.ts'
export { checkPoolOverlap } from './kinds/ip-pool/check-overlap.ts'
export type { IpPool } from './kinds/ip-pool/schema.ts'
export type { KindDefinition, PrinterColumn } from './kinds/kind-definition.ts'
export type {
  IpBlock,
  KubernetesEgressRule,
  KubernetesIngressRule,
  KubernetesNetworkPolicy,
  KubernetesPolicyPeer,
  KubernetesPolicyPort,
} from './kinds/kubernetes-network-policy/schema.ts'
export type { LabelSelector, LabelSelectorRequirement } from './kinds/label-selector/schema.ts'
export type { Lease } from './kinds/lease/schema.ts'
export { isDnsLabel, isDnsSubdomain, isLabelValue, isPortName, isQualifiedName } from './kinds/meta/names.ts'
export type { ObjectMeta } from './kinds/meta/object-meta.ts'
export { namespaceNameLabel } from './kinds/namespace/kind.ts'
export type { Namespace } from './kinds/namespace/schema.ts'
export {
  type HoldsObservation,
  holdsCondition,
  withHolds,
} from './kinds/network-assertion/holds.ts'
export type {
  AssertionSide,
  AssertionTraffic,
  NetworkAssertion,
} from './kinds/network-assertion/schema.ts'
export type { NetworkPolicy } from './kinds/network-policy/schema.ts'
export type { NetworkSet } from './kinds/network-set/schema.ts'
export {
  agentLeaseNamespace,
  agentLeaseSeconds,
  enforcedRevisionAnnotation,
  type NodeCondition,
  policyCondition,
  policyEnforcedCondition,
  policyProblemsAnnotation,
} from './kinds/node/agent-report.ts'
export {
  type ClearReport,
  type EncryptionReport,
  encryptionReportAnnotation,
  formatEncryptionReport,
  mostReportedPeers,
  type PeerReport,
  parseEncryptionReport,
  sessionSeconds,
  type TunnelCounts,
  type TunnelDriverName,
  type TunnelReport,
} from './kinds/node/encryption-report.ts'
export type { Node } from './kinds/node/schema.ts'
export {
  encryptionAnnotationPrefix,
  ipv4AddressAnnotation,
  ipv4WireguardInterfaceAnnotation,
  ipv6AddressAnnotation,
  ipv6WireguardInterfaceAnnotation,
  isWireguardKey,
  isWireguardSecret,
  type NodeIps,
  ownAddressesOf,
  type WireguardKeys,
  wireguardInterfaceAddressesOf,
  wireguardKeysOf,
  wireguardPublicKeyAnnotation,
  wireguardPublicKeyV6Annotation,
  wireguardRotateAnnotation,
  wireguardRotationOf,
  wireguardSecretName,
  wireguardSecretNamespace,
} from './kinds/node/wireguard.ts'
export { openApiName, toOpenApiSchemas, withGroupVersionKind } from './kinds/openapi.ts'
export type { ContainerPort, Pod, PodSpec } from './kinds/pod/schema.ts'
export { tierLabel } from './kinds/policy/default-policy.ts'
export { builtInProfiles, defaultAllowProfileName } from './kinds/profile/built-in-profiles.ts'
export type { Profile } from './kinds/profile/schema.ts'
export {
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  type RbacSubject,
  type Role,
  type RoleBinding,
  rbacGroup,
} from './kinds/rbac/schema.ts'
export { findKind, findKindByAlias, findKindByPlural, kindDefinitions } from './kinds/registry.ts'
export type { Resource, ResourceObject } from './kinds/resource.ts'
export { type ParsedPort, parsePort } from './kinds/rule/port.ts'
export { carriesPorts, protocolNumberOf } from './kinds/rule/protocol.ts'
export type {
  EntityRule,
  HttpHeader,
  HttpMatch,
  HttpPath,
  IcmpFields,
  Rule,
  ServiceAccountMatch,
  ServiceMatch,
} from './kinds/rule/schema.ts'
export type { Secret } from './kinds/secret/schema.ts'
export type { Service } from './kinds/service/schema.ts'
export type { ServiceAccount } from './kinds/service-account/schema.ts'
export type { StagedGlobalNetworkPolicy } from './kinds/staged-global-network-policy/schema.ts'
export type { StagedKubernetesNetworkPolicy } from './kinds/staged-kubernetes-network-policy/schema.ts'
export type { StagedNetworkPolicy } from './kinds/staged-network-policy/schema.ts'
export { builtInTiers, defaultTierOrder } from './kinds/tier/built-in-tiers.ts'
export { withReady } from './kinds/tier/ready.ts'
export type { Tier } from './kinds/tier/schema.ts'
export { type ManifestDocument, ManifestError, parseManifests } from './manifest/index.ts'
export { conform } from './schema/conform.ts'
export { type Issue, type IssueReason, notSupported } from './schema/issue.ts'
export type { JsonSchema } from './schema/json-schema.ts'
export {
  all,
  and,
  type ComparisonKind,
  equals,
  formatSelector,
  has,
  isIn,
  isNotIn,
  type LabelLookup,
  mapLabels,
  matchesSelector,
  not,
  or,
  parseSelector,
  replaceNode,
  type Selector,
  SelectorError,
} from './selector/index.ts'
