/**
 * What stands for a policy, or a tier, that this version does not understand: it selects what the original selects, as far as that can
 * be read, and denies both directions there. So it never allows what the original would deny, and the rest goes on.
 */
import { admit, convertClusterNetworkPolicy, type Resource } from '@margay/resources'

/** Undefined for other kinds: what can't be understood of those is left out. */
export function closedPolicy(object: unknown): Resource | undefined {
  const policy = object as PolicyLike
  const candidates = candidatesFor(policy)
  for (const candidate of candidates) {
    const admission = admit(candidate, { unknownFields: 'drop' })
    if (admission.ok) return admission.resource
  }
  return undefined
}

interface PolicyLike {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly spec?: Readonly<Record<string, unknown>>
}

/** From the one that keeps most of the original to the one that keeps least. */
function candidatesFor(policy: PolicyLike): object[] {
  const { apiVersion, kind } = policy
  if (kind === 'ClusterNetworkPolicy') return clusterCandidates(policy)
  if (kind === 'Tier') return tierCandidates(policy)
  if (kind !== 'NetworkPolicy' && kind !== 'GlobalNetworkPolicy') return []
  return apiVersion === 'networking.k8s.io/v1' ? kubernetesCandidates(policy) : calicoCandidates(policy)
}

/** Where its policies stand must not change; what none of them decides is denied. */
function tierCandidates({ spec = {}, ...identity }: PolicyLike): object[] {
  return [{ ...named(identity), spec: { order: spec.order, defaultAction: 'Deny' } }, named(identity)]
}

const both = ['Ingress', 'Egress']
const denyAll = { types: both, ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] }

function kubernetesCandidates({ spec = {}, ...identity }: PolicyLike): object[] {
  return [
    { ...named(identity), spec: { podSelector: spec.podSelector, policyTypes: both } },
    { ...named(identity), spec: { podSelector: {}, policyTypes: both } },
  ]
}

function calicoCandidates({ spec = {}, ...identity }: PolicyLike): object[] {
  const { tier, order, selector, namespaceSelector, serviceAccountSelector } = spec
  const kept = { tier, order, selector, namespaceSelector, serviceAccountSelector }
  return [
    { ...named(identity), spec: { ...kept, ...atItsStage(spec) } },
    { ...named(identity), spec: { ...kept, ...denyAll } },
    { ...named(identity), spec: denyAll },
  ]
}

/** What is for host endpoints before connection tracking or address translation is not for pods, and denies there. */
function atItsStage({ applyOnForward, doNotTrack, preDNAT }: NonNullable<PolicyLike['spec']>): object {
  if (preDNAT === true) return { applyOnForward, preDNAT, types: ['Ingress'], ingress: denyAll.ingress }
  return { applyOnForward, doNotTrack, ...denyAll }
}

/** A cluster policy has no rule for everybody; a global policy in its place has. */
function clusterCandidates({ metadata, spec = {} }: PolicyLike): object[] {
  const place = { tier: spec.tier === 'Baseline' ? 'kube-baseline' : 'kube-admin', order: spec.priority }
  const global = (more: object) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `kcnp-${metadata?.name?.replaceAll('.', '-')}` },
    spec: { ...more, ...denyAll },
  })
  return [
    global({ ...place, ...subjectOf(metadata, spec) }),
    global({ ...place, selector: podsOnly }),
    global({ selector: podsOnly }),
  ]
}

const podsOnly = 'has(projectcalico.org/namespace)'

function subjectOf(metadata: PolicyLike['metadata'], { subject }: NonNullable<PolicyLike['spec']>): object {
  const admission = admit({
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: metadata?.name },
    spec: { tier: 'Admin', priority: 0, subject },
  })
  if (!admission.ok || admission.resource.kind !== 'ClusterNetworkPolicy') return { selector: podsOnly }
  const { selector, namespaceSelector } =
    convertClusterNetworkPolicy(admission.resource, { nodes: [] })?.policy.spec ?? {}
  return { selector: selector ?? podsOnly, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) }
}

function named({ apiVersion, kind, metadata }: Omit<PolicyLike, 'spec'>): object {
  return { apiVersion, kind, metadata: { name: metadata?.name, namespace: metadata?.namespace } }
}
