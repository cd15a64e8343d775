import type { AdminNetworkPolicy } from './admin-network-policy/schema.ts'
import type { BaselineAdminNetworkPolicy } from './baseline-admin-network-policy/schema.ts'
import type { ClusterNetworkPolicy } from './cluster-network-policy/schema.ts'
import type { ConfigMap } from './config-map/schema.ts'
import type { EndpointSlice } from './endpoint-slice/schema.ts'
import type { Event } from './event/schema.ts'
import type { FelixConfiguration } from './felix-configuration/schema.ts'
import type { GlobalNetworkPolicy } from './global-network-policy/schema.ts'
import type { GlobalNetworkSet } from './global-network-set/schema.ts'
import type { GlobalThreatFeed } from './global-threat-feed/schema.ts'
import type { HostEndpoint } from './host-endpoint/schema.ts'
import type { Installation } from './installation/schema.ts'
import type { IpPool } from './ip-pool/schema.ts'
import type { KubernetesNetworkPolicy } from './kubernetes-network-policy/schema.ts'
import type { Lease } from './lease/schema.ts'
import type { ObjectMeta } from './meta/object-meta.ts'
import type { Namespace } from './namespace/schema.ts'
import type { NetworkAssertion } from './network-assertion/schema.ts'
import type { NetworkPolicy } from './network-policy/schema.ts'
import type { NetworkSet } from './network-set/schema.ts'
import type { Node } from './node/schema.ts'
import type { Pod } from './pod/schema.ts'
import type { Profile } from './profile/schema.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './rbac/schema.ts'
import type { Secret } from './secret/schema.ts'
import type { Service } from './service/schema.ts'
import type { ServiceAccount } from './service-account/schema.ts'
import type { StagedGlobalNetworkPolicy } from './staged-global-network-policy/schema.ts'
import type { StagedKubernetesNetworkPolicy } from './staged-kubernetes-network-policy/schema.ts'
import type { StagedNetworkPolicy } from './staged-network-policy/schema.ts'
import type { Tier } from './tier/schema.ts'

/** An object of any kind, also of one that is not known here. */
export interface ResourceObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: unknown
}

/** An object of a known kind; `apiVersion` and `kind` tell which. */
export type Resource =
  | Namespace
  | Pod
  | ServiceAccount
  | Node
  | Role
  | ClusterRole
  | RoleBinding
  | ClusterRoleBinding
  | Secret
  | Service
  | EndpointSlice
  | ConfigMap
  | Event
  | Lease
  | KubernetesNetworkPolicy
  | Installation
  | FelixConfiguration
  | IpPool
  | Profile
  | HostEndpoint
  | Tier
  | NetworkPolicy
  | GlobalNetworkPolicy
  | NetworkSet
  | GlobalNetworkSet
  | GlobalThreatFeed
  | StagedNetworkPolicy
  | StagedGlobalNetworkPolicy
  | StagedKubernetesNetworkPolicy
  | ClusterNetworkPolicy
  | AdminNetworkPolicy
  | BaselineAdminNetworkPolicy
  | NetworkAssertion
