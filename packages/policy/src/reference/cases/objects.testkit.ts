/** Objects of the cases, as a person would write them: policies are of namespace `shop` unless they say otherwise. */
import type { ResourceObject } from '@margay/resources'

type Fields = Readonly<Record<string, unknown>>
type Labels = Readonly<Record<string, string>>

export const tier = (name: string, spec: Fields = {}) => v3('Tier', { name }, spec)
export const policy = (name: string, spec: Fields, namespace = 'shop') =>
  v3('NetworkPolicy', { namespace, name }, spec)
export const globalPolicy = (name: string, spec: Fields) => v3('GlobalNetworkPolicy', { name }, spec)
export const stagedPolicy = (name: string, spec: Fields) =>
  v3('StagedNetworkPolicy', { namespace: 'shop', name }, spec)
export const stagedGlobalPolicy = (name: string, spec: Fields) =>
  v3('StagedGlobalNetworkPolicy', { name }, spec)
export const stagedKubernetesPolicy = (name: string, spec: Fields) =>
  v3('StagedKubernetesNetworkPolicy', { namespace: 'shop', name }, spec)
export const networkSet = (namespace: string, labels: Labels, ...nets: string[]) =>
  v3('NetworkSet', { namespace, name: nameOf(labels, nets), labels }, { nets })
export const globalNetworkSet = (labels: Labels, ...nets: string[]) =>
  v3('GlobalNetworkSet', { name: nameOf(labels, nets), labels }, { nets })

/** Of node `n1`. */
export const hostEndpoint = (name: string, spec: Fields, labels: Labels = {}) =>
  v3('HostEndpoint', { name, labels }, { node: 'n1', ...spec })
export const profile = (name: string, spec: Fields) => v3('Profile', { name }, spec)
export const ipPool = (name: string, spec: Fields) => v3('IPPool', { name }, spec)
export const felixConfiguration = (name: string, spec: Fields) => v3('FelixConfiguration', { name }, spec)

export const installation = (wireguard: string, name = 'default'): ResourceObject => ({
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Installation',
  metadata: { name },
  spec: { calicoNetwork: { wireguard } },
})

export const kubernetesPolicy = (name: string, spec: Fields, namespace = 'shop'): ResourceObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace, name },
  spec,
})

/** Of tier Admin, about every pod. */
export const clusterPolicy = (name: string, spec: Fields): ResourceObject => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  metadata: { name },
  spec: { tier: 'Admin', priority: 10, subject: { namespaces: {} }, ...spec },
})

/** About every pod. */
export const adminPolicy = (name: string, spec: Fields): ResourceObject => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  metadata: { name },
  spec: { priority: 10, subject: { namespaces: {} }, ...spec },
})

/** About every pod. */
export const baselinePolicy = (spec: Fields): ResourceObject => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'BaselineAdminNetworkPolicy',
  metadata: { name: 'default' },
  spec: { subject: { namespaces: {} }, ...spec },
})

export const namespace = (name: string, labels: Labels = {}) => core('Namespace', { name, labels })
export const account = (namespace: string, name: string, labels: Labels = {}) =>
  core('ServiceAccount', { namespace, name, labels })
export const node = (name: string, labels: Labels, address: string) =>
  core('Node', { name, labels }, { status: { addresses: [{ type: 'InternalIP', address }] } })

/** Of the service's namespace `shop` unless it says otherwise. */
export const endpointSlice = (name: string, service: string, fields: Fields, namespace = 'shop') => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace, name, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ...fields,
})

export interface PodFields {
  readonly labels?: Labels
  readonly ips?: readonly string[]
  readonly ports?: readonly object[]
  readonly metadata?: Fields
  readonly spec?: Fields
  readonly status?: Fields
}

export function pod(namespace: string, name: string, fields: PodFields): ResourceObject {
  const { labels = {}, ips = [], ports = [], metadata, spec, status } = fields
  return core(
    'Pod',
    { namespace, name, labels: { ...labels }, ...metadata },
    {
      spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'i', ports }], ...spec },
      status: { phase: 'Running', podIPs: ips.map((ip) => ({ ip })), ...status },
    },
  )
}

export const allow = { action: 'Allow' }
export const deny = { action: 'Deny' }
export const pass = { action: 'Pass' }
export const log = { action: 'Log' }

function v3(kind: string, metadata: ResourceObject['metadata'], spec: Fields): ResourceObject {
  return { apiVersion: 'projectcalico.org/v3', kind, metadata, spec }
}

function core(kind: string, metadata: ResourceObject['metadata'], rest: Fields = {}): ResourceObject {
  return { apiVersion: 'v1', kind, metadata, ...rest }
}

/** Sets are only ever selected by label: a name that tells them apart is enough. */
function nameOf(labels: Labels, nets: readonly string[]): string {
  return [...Object.values(labels), ...nets]
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
}
