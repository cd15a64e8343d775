/** Makers of inputs for tests: as a person would write them, before admission. */
import { admit } from './admit.ts'

type Fields = Readonly<Record<string, unknown>>

const v3 = (kind: string, metadata: Fields, spec: Fields) => ({
  apiVersion: 'projectcalico.org/v3',
  kind,
  metadata,
  spec,
})

export const networkPolicy = (spec: Fields, name = 'test') =>
  v3('NetworkPolicy', { name, namespace: 'shop' }, spec)
export const globalPolicy = (spec: Fields, name = 'test') => v3('GlobalNetworkPolicy', { name }, spec)
export const stagedPolicy = (spec: Fields, name = 'test') =>
  v3('StagedNetworkPolicy', { name, namespace: 'shop' }, spec)
export const stagedGlobalPolicy = (spec: Fields, name = 'test') =>
  v3('StagedGlobalNetworkPolicy', { name }, spec)
export const stagedKubernetesPolicy = (spec: Fields) =>
  v3('StagedKubernetesNetworkPolicy', { name: 'test', namespace: 'shop' }, spec)
export const tier = (name: string, spec: Fields) => v3('Tier', { name }, spec)
export const networkSet = (nets: readonly unknown[], labels: Fields = {}) =>
  v3('NetworkSet', { name: 'test', namespace: 'shop', labels }, { nets })
export const globalNetworkSet = (nets: readonly unknown[], labels: Fields = {}) =>
  v3('GlobalNetworkSet', { name: 'test', labels }, { nets })
export const threatFeed = (spec: Fields, name = 'test') => v3('GlobalThreatFeed', { name }, spec)

export const namedSet = (allowedEgressDomains: readonly unknown[]) =>
  v3('NetworkSet', { name: 'test', namespace: 'shop' }, { allowedEgressDomains })
export const globalNamedSet = (allowedEgressDomains: readonly unknown[]) =>
  v3('GlobalNetworkSet', { name: 'test' }, { allowedEgressDomains })

export const hostEndpoint = (spec: Fields) =>
  v3('HostEndpoint', { name: 'test' }, { node: 'node-1', interfaceName: 'eth0', ...spec })
export const profile = (spec: Fields) => v3('Profile', { name: 'test' }, spec)
export const ipPool = (spec: Fields) => v3('IPPool', { name: 'test' }, { cidr: '10.0.0.0/16', ...spec })
export const felixConfiguration = (spec: Fields, name = 'default') => v3('FelixConfiguration', { name }, spec)

/** A policy with this one rule, which allows if it does not say otherwise. */
export const ingress = (rule: Fields) => networkPolicy({ ingress: [{ action: 'Allow', ...rule }] })
export const egress = (rule: Fields) => networkPolicy({ egress: [{ action: 'Allow', ...rule }] })
export const globalIngress = (rule: Fields) => globalPolicy({ ingress: [{ action: 'Allow', ...rule }] })

export const kubernetesPolicy = (spec: Fields) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'test', namespace: 'shop' },
  spec,
})

export const clusterPolicy = (spec: Fields) => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  metadata: { name: 'test' },
  spec: { tier: 'Admin', priority: 10, subject: { namespaces: {} }, ...spec },
})

export const adminPolicy = (spec: Fields) => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  metadata: { name: 'test' },
  spec: { priority: 10, subject: { namespaces: {} }, ...spec },
})

export const baselinePolicy = (spec: Fields, name = 'default') => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'BaselineAdminNetworkPolicy',
  metadata: { name },
  spec: { subject: { namespaces: {} }, ...spec },
})

/** Nobody may ever connect to anybody, if it does not say otherwise. */
export const assertion = (spec: Fields) => ({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name: 'test' },
  spec: { require: 'never', from: {}, to: {}, ...spec },
})

export const installation = (spec: Fields, metadata: Fields = {}) => ({
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Installation',
  metadata,
  spec,
})

export const core = (kind: string, metadata: Fields, fields: Fields = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata,
  ...fields,
})

export const pod = (spec: Fields, status: Fields = {}) =>
  core('Pod', { name: 'web-0', namespace: 'shop' }, { spec, status })

/** The paths of all issues; none for an object that is admitted. */
export function issuePaths(input: unknown): string[] {
  const admission = admit(input)
  return admission.ok ? [] : admission.issues.map(({ path }) => path)
}

/** The admitted object; throws with its issues otherwise. */
export function admitted(input: unknown) {
  const admission = admit(input)
  if (admission.ok) return admission.resource
  throw new Error(admission.issues.map(({ path, message }) => `${path}: ${message}`).join('; '))
}
