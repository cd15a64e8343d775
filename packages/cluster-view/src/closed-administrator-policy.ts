/**
 * What stands for a policy of the cluster's administrator that this version does not understand. Such a policy has no rule for
 * everybody; a global policy in its place has.
 */
import { admit, convertAdminNetworkPolicy, convertClusterNetworkPolicy } from '@margay/resources'
import { denyAll, type PolicyLike } from './policy-like.ts'

const shortKinds = {
  ClusterNetworkPolicy: 'kcnp',
  AdminNetworkPolicy: 'kanp',
  BaselineAdminNetworkPolicy: 'kbanp',
} as const

type AdministratorKind = keyof typeof shortKinds

export function isAdministratorKind(kind: string | undefined): kind is AdministratorKind {
  return kind !== undefined && Object.hasOwn(shortKinds, kind)
}

/** From the one that keeps most of the original to the one that keeps least. */
export function administratorCandidates(
  kind: AdministratorKind,
  { metadata, spec = {} }: PolicyLike,
): object[] {
  const global = (subject: object) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: globalName(`${shortKinds[kind]}-${metadata?.name}`) },
    spec: { ...placeOf(kind, spec), ...subject, ...denyAll },
  })
  return [global(subjectOf(kind, spec)), global({ selector: podsOnly })]
}

type Spec = NonNullable<PolicyLike['spec']>

/** Where nobody knows where it stood among its like, it goes first: what comes before it might allow. */
function placeOf(kind: AdministratorKind, { tier, priority }: Spec): object {
  if (kind === 'BaselineAdminNetworkPolicy') return { tier: 'baselineadminnetworkpolicy' }
  const order = typeof priority === 'number' ? priority : 0
  if (kind === 'AdminNetworkPolicy') return { tier: 'adminnetworkpolicy', order }
  return { tier: tier === 'Baseline' ? 'kube-baseline' : 'kube-admin', order }
}

/** Theirs may have more labels, and be longer, than one of the v3 API. */
function globalName(name: string): string {
  return name.replaceAll('.', '-').slice(0, 63).replace(/-+$/, '')
}

const podsOnly = 'has(projectcalico.org/namespace)'

function subjectOf(kind: AdministratorKind, { subject }: Spec): object {
  const { selector, namespaceSelector } = specWith(kind, subject) ?? {}
  return { selector: selector ?? podsOnly, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) }
}

/** Of a policy that is for the same pods, and says nothing else; undefined where that can't be read. */
function specWith(kind: AdministratorKind, subject: unknown) {
  const admission = admit(kind === 'ClusterNetworkPolicy' ? clusterProbe(subject) : adminProbe(subject))
  if (!admission.ok) return undefined
  const { resource } = admission
  if (resource.kind === 'ClusterNetworkPolicy') return convertClusterNetworkPolicy(resource)?.policy.spec
  return resource.kind === 'AdminNetworkPolicy' ? convertAdminNetworkPolicy(resource)?.policy.spec : undefined
}

function clusterProbe(subject: unknown): object {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'probe' },
    spec: { tier: 'Admin', priority: 0, subject },
  }
}

/** A baseline policy has such a subject too. */
function adminProbe(subject: unknown): object {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'probe' },
    spec: { priority: 0, subject },
  }
}
