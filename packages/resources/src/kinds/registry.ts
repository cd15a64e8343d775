/** Every kind that Margay knows, and how to find one. */
import { adminNetworkPolicyKind } from './admin-network-policy/kind.ts'
import { baselineAdminNetworkPolicyKind } from './baseline-admin-network-policy/kind.ts'
import { clusterNetworkPolicyKind } from './cluster-network-policy/kind.ts'
import { configMapKind } from './config-map/kind.ts'
import { endpointSliceKind } from './endpoint-slice/kind.ts'
import { eventKind } from './event/kind.ts'
import { felixConfigurationKind } from './felix-configuration/kind.ts'
import { globalNetworkPolicyKind } from './global-network-policy/kind.ts'
import { globalNetworkSetKind } from './global-network-set/kind.ts'
import { globalThreatFeedKind } from './global-threat-feed/kind.ts'
import { hostEndpointKind } from './host-endpoint/kind.ts'
import { installationKind } from './installation/kind.ts'
import { ipPoolKind } from './ip-pool/kind.ts'
import type { KindDefinition } from './kind-definition.ts'
import { kubernetesNetworkPolicyKind } from './kubernetes-network-policy/kind.ts'
import { leaseKind } from './lease/kind.ts'
import { namespaceKind } from './namespace/kind.ts'
import { networkAssertionKind } from './network-assertion/kind.ts'
import { networkPolicyKind } from './network-policy/kind.ts'
import { networkSetKind } from './network-set/kind.ts'
import { nodeKind } from './node/kind.ts'
import { podKind } from './pod/kind.ts'
import { profileKind } from './profile/kind.ts'
import { clusterRoleBindingKind, clusterRoleKind, roleBindingKind, roleKind } from './rbac/kinds.ts'
import { secretKind } from './secret/kind.ts'
import { serviceKind } from './service/kind.ts'
import { serviceAccountKind } from './service-account/kind.ts'
import { stagedGlobalNetworkPolicyKind } from './staged-global-network-policy/kind.ts'
import { stagedKubernetesNetworkPolicyKind } from './staged-kubernetes-network-policy/kind.ts'
import { stagedNetworkPolicyKind } from './staged-network-policy/kind.ts'
import { tierKind } from './tier/kind.ts'

/** By group; within it, what others refer to comes first. */
export const kindDefinitions: readonly KindDefinition[] = [
  namespaceKind,
  nodeKind,
  serviceAccountKind,
  roleKind,
  clusterRoleKind,
  roleBindingKind,
  clusterRoleBindingKind,
  secretKind,
  configMapKind,
  serviceKind,
  podKind,
  eventKind,
  endpointSliceKind,
  leaseKind,
  kubernetesNetworkPolicyKind,
  installationKind,
  felixConfigurationKind,
  ipPoolKind,
  profileKind,
  hostEndpointKind,
  tierKind,
  networkSetKind,
  globalNetworkSetKind,
  globalThreatFeedKind,
  networkPolicyKind,
  globalNetworkPolicyKind,
  stagedNetworkPolicyKind,
  stagedGlobalNetworkPolicyKind,
  stagedKubernetesNetworkPolicyKind,
  clusterNetworkPolicyKind,
  adminNetworkPolicyKind,
  baselineAdminNetworkPolicyKind,
  networkAssertionKind,
]

const byKind = new Map(
  kindDefinitions.map((definition) => [`${definition.apiVersion} ${definition.kind}`, definition]),
)
const byPlural = new Map(
  kindDefinitions.map((definition) => [`${definition.apiVersion} ${definition.plural}`, definition]),
)

export function findKind(apiVersion: string, kind: string): KindDefinition | undefined {
  return byKind.get(`${apiVersion} ${kind}`)
}

/** `group` is empty for the core group. */
export function findKindByPlural(group: string, version: string, plural: string): KindDefinition | undefined {
  return byPlural.get(`${group === '' ? version : `${group}/${version}`} ${plural}`)
}

/**
 * By what a person types: plural, singular, short name or kind, in any case, and optionally `.group` or
 * `.version.group` after it. Several kinds may share a name (`networkpolicies`, `cnp`); all are returned.
 */
export function findKindByAlias(alias: string): KindDefinition[] {
  const [name = '', ...rest] = alias.toLowerCase().split('.')
  const place = rest.join('.')
  return kindDefinitions.filter((definition) => namesOf(definition).includes(name) && isIn(definition, place))
}

function namesOf({ plural, singular, shortNames }: KindDefinition): string[] {
  return [plural, singular, ...shortNames]
}

function isIn({ group, version }: KindDefinition, place: string): boolean {
  return (
    place === '' || place === group || place === `${version}.${group}` || (group === '' && place === version)
  )
}
