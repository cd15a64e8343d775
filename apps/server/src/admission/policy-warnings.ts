/** Warnings to whoever writes a policy that is legal, and looks like a mistake or is not enforced. */

import { type SuspiciousSpec, selectedEndpoints, suspicionsOf } from '@margay/policy'
import { findKind, type KindDefinition, type Resource, type ResourceObject } from '@margay/resources'
import type { Store } from '@margay/storage'
import { prefixOf, toResource } from '../rest/keys.ts'
import { notEnforcedWarnings } from './not-enforced.ts'

/** Beyond so many pods nobody waits for the answer. */
const mostPods = 500

/** One line each, for the client's `Warning` headers. */
export async function policyWarnings(
  store: Store,
  kind: KindDefinition,
  policy: ResourceObject,
): Promise<string[]> {
  if (!isPolicy(kind)) return notEnforcedWarnings(kind)
  const suspicions = kind.group === 'projectcalico.org' ? suspicionsOf(specOf(policy)) : []
  const lines = suspicions.map(({ path, message }) => `${path} ${message}`)
  return [...lines, ...(await selectsNobody(store, policy))]
}

/** Staged policies have the fields of the policies that they stand for; that one of Kubernetes has others. */
function isPolicy({ group, kind }: KindDefinition): boolean {
  if (group === 'networking.k8s.io') return kind === 'NetworkPolicy'
  return (
    group === 'projectcalico.org' &&
    kind.endsWith('NetworkPolicy') &&
    kind !== 'StagedKubernetesNetworkPolicy'
  )
}

function specOf({ spec }: ResourceObject): SuspiciousSpec {
  return typeof spec === 'object' && spec !== null ? spec : {}
}

/** Only where there are pods: a policy that comes before its pods is as it should be. */
async function selectsNobody(store: Store, policy: ResourceObject): Promise<string[]> {
  if (policy.kind.startsWith('Staged')) return []
  const { namespace } = policy.metadata
  const pods = await list(store, 'v1', 'Pod', namespace)
  if (pods.length === 0 || pods.length > mostPods) return []
  const context = [
    ...pods,
    ...(await list(store, 'v1', 'Namespace')),
    ...(await list(store, 'v1', 'ServiceAccount', namespace)),
  ]
  if (selectedEndpoints(policy as Resource, context)?.length !== 0) return []
  const where = namespace === undefined ? 'of the cluster' : `in namespace ${namespace}`
  return [`the policy selects none of the ${pods.length} pods ${where}`]
}

async function list(store: Store, apiVersion: string, kind: string, namespace?: string): Promise<Resource[]> {
  const definition = findKind(apiVersion, kind)
  if (definition === undefined) return []
  const { objects } = await store.list(prefixOf(definition, namespace), { limit: mostPods + 1 })
  return objects.map((stored) => toResource(stored) as Resource)
}
