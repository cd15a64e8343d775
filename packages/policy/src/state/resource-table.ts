import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  EndpointSlice,
  FelixConfiguration,
  GlobalNetworkPolicy,
  GlobalNetworkSet,
  HostEndpoint,
  Installation,
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
import { type Delta, unchanged } from './delta.ts'
import type { StagedResource } from './staged-policies.ts'
import type { ResourceChange } from './state-delta.ts'
import { thoseThere } from './those-there.ts'

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
  readonly installations: Installation[]
  readonly endpointSlices: EndpointSlice[]
}

/** How the resources of each kind changed. */
export type TableDelta = {
  readonly [Kind in keyof ResourceTable]: Delta<ResourceTable[Kind][number]>
}

type Part = keyof ResourceTable

/** Which part the resources of a kind are; kinds without a part in policy are in none. */
const partOf: { readonly [Kind in Resource['kind']]?: Part } = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceAccounts',
  Node: 'nodes',
  Pod: 'pods',
  Tier: 'tiers',
  NetworkPolicy: 'policies',
  GlobalNetworkPolicy: 'policies',
  ClusterNetworkPolicy: 'policies',
  AdminNetworkPolicy: 'policies',
  BaselineAdminNetworkPolicy: 'policies',
  StagedNetworkPolicy: 'stagedPolicies',
  StagedGlobalNetworkPolicy: 'stagedPolicies',
  StagedKubernetesNetworkPolicy: 'stagedPolicies',
  NetworkSet: 'networkSets',
  GlobalNetworkSet: 'networkSets',
  HostEndpoint: 'hostEndpoints',
  Profile: 'profiles',
  FelixConfiguration: 'configurations',
  IPPool: 'pools',
  Installation: 'installations',
  EndpointSlice: 'endpointSlices',
}

/** Kinds whose objects can change what is allowed; staged policies can't. */
export const enforcedKinds: ReadonlySet<string> = new Set(
  Object.entries(partOf).flatMap(([kind, part]) => (part === 'stagedPolicies' ? [] : [kind])),
)

const nothing: TableDelta = {
  namespaces: unchanged,
  serviceAccounts: unchanged,
  nodes: unchanged,
  pods: unchanged,
  tiers: unchanged,
  policies: unchanged,
  stagedPolicies: unchanged,
  networkSets: unchanged,
  hostEndpoints: unchanged,
  profiles: unchanged,
  configurations: unchanged,
  pools: unchanged,
  installations: unchanged,
  endpointSlices: unchanged,
}

/** Where nothing but pods changed, as in most updates; undefined otherwise. */
export function podDelta(changes: readonly ResourceChange[]): Delta<Pod> | undefined {
  if (!changes.every(isOfPod)) return undefined
  return { gone: thoseThere(changes.map(podBefore)), come: thoseThere(changes.map(podAfter)) }
}

function isOfPod({ before, after }: ResourceChange): boolean {
  return (before ?? after)?.kind === 'Pod'
}

function podBefore({ before }: ResourceChange): Pod | undefined {
  return before?.kind === 'Pod' ? before : undefined
}

function podAfter({ after }: ResourceChange): Pod | undefined {
  return after?.kind === 'Pod' ? after : undefined
}

/** Most updates change few kinds: what did not change is one object for all. */
export function tableDelta(changes: readonly ResourceChange[]): TableDelta {
  const table: Record<Part, Delta<unknown>> = { ...nothing }
  for (const { before, after } of changes) {
    if (before !== undefined) file(table, 'gone', before)
    if (after !== undefined) file(table, 'come', after)
  }
  // A resource is filed under the part of its kind.
  return table as TableDelta
}

function file(table: Record<Part, Delta<unknown>>, side: keyof Delta<unknown>, it: Resource): void {
  const part = partOf[it.kind]
  if (part === undefined) return
  const { gone, come } = table[part]
  const list = side === 'gone' ? gone : come
  // A list that starts with what is in it has no room for sixteen more.
  if (list.length === 0) table[part] = side === 'gone' ? { gone: [it], come } : { gone, come: [it] }
  else (list as unknown[]).push(it)
}
