/**
 * Which lists of the built-in kinds merge item by item under a strategic merge patch; all others are replaced whole.
 *
 * Source  `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key` of the Kubernetes 1.32 OpenAPI document.
 */
import type { KindDefinition } from '@margay/resources'

export interface ListMerge {
  /** The field by which items are told apart; absent for lists of plain values, which merge as sets. */
  readonly mergeKey?: string
  /** Such maps and items keep only the fields that the patch names in `$retainKeys`. */
  readonly retainKeys?: true
}

/** Field paths without list indices. */
export type MergeTable = Readonly<Record<string, ListMerge>>

const metadata: MergeTable = {
  'metadata.finalizers': {},
  'metadata.ownerReferences': { mergeKey: 'uid' },
}

const conditions: MergeTable = { 'status.conditions': { mergeKey: 'type' } }

const container: MergeTable = {
  env: { mergeKey: 'name' },
  ports: { mergeKey: 'containerPort' },
  volumeDevices: { mergeKey: 'devicePath' },
  volumeMounts: { mergeKey: 'mountPath' },
}

const podSpec: MergeTable = {
  containers: { mergeKey: 'name' },
  ephemeralContainers: { mergeKey: 'name' },
  hostAliases: { mergeKey: 'ip' },
  imagePullSecrets: { mergeKey: 'name' },
  initContainers: { mergeKey: 'name' },
  resourceClaims: { mergeKey: 'name', retainKeys: true },
  schedulingGates: { mergeKey: 'name' },
  topologySpreadConstraints: { mergeKey: 'topologyKey' },
  volumes: { mergeKey: 'name', retainKeys: true },
  ...below('containers', container),
  ...below('ephemeralContainers', container),
  ...below('initContainers', container),
}

const tables: Readonly<Record<string, MergeTable>> = {
  Namespace: { ...metadata, ...conditions },
  Node: {
    ...metadata,
    ...conditions,
    'spec.podCIDRs': {},
    'status.addresses': { mergeKey: 'type' },
  },
  Pod: {
    ...metadata,
    ...conditions,
    ...below('spec', podSpec),
    'status.hostIPs': { mergeKey: 'ip' },
    'status.podIPs': { mergeKey: 'ip' },
    'status.resourceClaimStatuses': { mergeKey: 'name', retainKeys: true },
  },
  Service: {
    ...metadata,
    ...conditions,
    'spec.ports': { mergeKey: 'port' },
  },
  ServiceAccount: { ...metadata, secrets: { mergeKey: 'name' } },
}

const builtInGroups = new Set([
  '',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
])

/** Strategic merge is defined for the kinds that are built into Kubernetes, not for custom resources. */
export function supportsStrategicMerge(kind: KindDefinition): boolean {
  return builtInGroups.has(kind.group)
}

export function mergeTableOf(kind: KindDefinition): MergeTable {
  return (kind.group === '' ? tables[kind.kind] : undefined) ?? metadata
}

function below(path: string, table: MergeTable): MergeTable {
  return Object.fromEntries(Object.entries(table).map(([field, merge]) => [`${path}.${field}`, merge]))
}
