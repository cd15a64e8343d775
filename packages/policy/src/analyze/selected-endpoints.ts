import { matchesSelector, type Resource } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { PolicyRef } from '../model/policy.ts'
import { buildPolicyState } from '../state/build-state.ts'

/**
 * Which of the pods among `others` a policy applies to; undefined for a policy that no pod ever sees. The namespaces and
 * service accounts that it selects by must be among `others` too.
 */
export function selectedEndpoints(policy: Resource, others: readonly Resource[]): Endpoint[] | undefined {
  const { state } = buildPolicyState([...others.filter((other) => !isSame(other, policy)), policy])
  const lowered = state.tiers.flatMap(({ policies }) => policies).find(({ ref }) => names(ref, policy))
  if (lowered === undefined || lowered.doNotTrack || lowered.preDNAT) return undefined
  return [...state.endpoints.values()].filter(({ labels }) =>
    matchesSelector(lowered.appliesTo, (name) => labels.get(name)),
  )
}

function isSame(a: Resource, b: Resource): boolean {
  return a.kind === b.kind && a.apiVersion === b.apiVersion && samePlace(a, b)
}

function samePlace({ metadata: a }: Resource, { metadata: b }: Resource): boolean {
  return a.name === b.name && a.namespace === b.namespace
}

function names(ref: PolicyRef, { metadata }: Resource): boolean {
  return ref.name === metadata.name && ref.namespace === (metadata.namespace ?? '')
}
