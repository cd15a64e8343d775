/**
 * What stands for a policy, or a tier, that this version does not understand: it selects what the original selects, as far as that can
 * be read, and denies both directions there. So it never allows what the original would deny, and the rest goes on.
 */
import { admit, type Resource } from '@margay/resources'
import { administratorCandidates, isAdministratorKind } from './closed-administrator-policy.ts'
import { denyAll, named, type PolicyLike } from './policy-like.ts'

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

/** From the one that keeps most of the original to the one that keeps least. */
function candidatesFor(policy: PolicyLike): object[] {
  const { apiVersion, kind } = policy
  if (isAdministratorKind(kind)) return administratorCandidates(kind, policy)
  if (kind === 'Tier') return tierCandidates(policy)
  if (kind !== 'NetworkPolicy' && kind !== 'GlobalNetworkPolicy') return []
  return apiVersion === 'networking.k8s.io/v1' ? kubernetesCandidates(policy) : calicoCandidates(policy)
}

/** Where its policies stand must not change; what none of them decides is denied. */
function tierCandidates({ spec = {}, ...identity }: PolicyLike): object[] {
  return [{ ...named(identity), spec: { order: spec.order, defaultAction: 'Deny' } }, named(identity)]
}

const both = ['Ingress', 'Egress']

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
