/** Warnings to whoever writes a policy that is legal, and looks like a mistake. */
import { enforcedForm, policySuspicions, selectedEndpoints } from '@margay/policy'
import {
  findKind,
  type GlobalNetworkPolicy,
  type KindDefinition,
  matchesSelector,
  parseSelector,
  type Resource,
  type ResourceObject,
} from '@margay/resources'
import type { Store } from '@margay/storage'
import { prefixOf, toResource } from '../rest/keys.ts'

/** Beyond so many pods nobody waits for the answer. */
const mostPods = 500

/** One line each, for the client's `Warning` headers. */
export async function policyWarnings(
  store: Store,
  kind: KindDefinition,
  policy: ResourceObject,
): Promise<string[]> {
  const lines = policySuspicions(kind, policy).map(({ path, message }) => `${path} ${message}`.trimStart())
  return kind.kind.endsWith('NetworkPolicy') ? [...lines, ...(await selectsNobody(store, policy))] : lines
}

/** Only where there are pods: a policy that comes before its pods is as it should be. */
async function selectsNobody(store: Store, policy: ResourceObject): Promise<string[]> {
  const enforced = enforcedForm(policy as Resource)
  if (enforced === undefined) return []
  const { namespace } = policy.metadata
  const pods = await list(store, 'v1', 'Pod', namespace)
  if (pods.length === 0 || pods.length > mostPods) return []
  const context = [
    ...pods,
    ...(await list(store, 'v1', 'Namespace')),
    ...(await list(store, 'v1', 'ServiceAccount', namespace)),
  ]
  if (selectedEndpoints(enforced, context)?.length !== 0) return []
  if (enforced.kind === 'GlobalNetworkPolicy' && (await selectsHosts(store, enforced))) return []
  const where = namespace === undefined ? 'of the cluster' : `in namespace ${namespace}`
  return [`the policy selects none of the ${pods.length} pods ${where}`]
}

/** A policy for interfaces of hosts need not select pods. */
async function selectsHosts(store: Store, { spec }: GlobalNetworkPolicy): Promise<boolean> {
  const selector = parseSelector(spec?.selector ?? '')
  const hosts = await list(store, 'projectcalico.org/v3', 'HostEndpoint')
  return hosts.some(({ metadata }) => matchesSelector(selector, (label) => metadata.labels?.[label]))
}

async function list(store: Store, apiVersion: string, kind: string, namespace?: string): Promise<Resource[]> {
  const definition = findKind(apiVersion, kind)
  if (definition === undefined) return []
  const { objects } = await store.list(prefixOf(definition, namespace), { limit: mostPods + 1 })
  return objects.map((stored) => toResource(stored) as Resource)
}
