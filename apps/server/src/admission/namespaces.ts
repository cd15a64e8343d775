/** Rules between namespaces and what is in them. */
import type { KindDefinition } from '@margay/resources'
import { agentLeaseNamespace, findKind } from '@margay/resources'
import type { Precondition, Store, StoredObject } from '@margay/storage'
import { keyOf } from '../rest/keys.ts'
import { forbidden, notFound } from '../status/api-error.ts'

/** Exist from the start and can't be deleted. */
export const builtInNamespaces = ['default', 'kube-system', agentLeaseNamespace]

export function namespaceKind(): KindDefinition {
  const kind = findKind('v1', 'Namespace')
  if (kind === undefined) throw new Error('the resources room does not know Namespace')
  return kind
}

export function isNamespaceKind(kind: KindDefinition): boolean {
  return kind.group === '' && kind.plural === 'namespaces'
}

export function getNamespace(store: Store, name: string): Promise<StoredObject | undefined> {
  return store.get(keyOf(namespaceKind(), undefined, name))
}

/** 404 when the namespace is not there, 403 when it is going away. Otherwise resolves to what that rests on. */
export async function checkNamespaceAccepts(
  store: Store,
  kind: KindDefinition,
  namespace: string,
  name: string,
): Promise<readonly Precondition[]> {
  const stored = await getNamespace(store, namespace)
  if (stored === undefined) throw notFound(namespaceKind(), namespace)
  if (stored.value.metadata.deletionTimestamp === undefined)
    return [{ key: stored.key, revision: stored.revision }]
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(
    kind,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  )
}

export function checkNamespaceDeletable(kind: KindDefinition, name: string): void {
  if (!isNamespaceKind(kind) || !builtInNamespaces.includes(name)) return
  throw forbidden(kind, name, 'this namespace may not be deleted')
}
