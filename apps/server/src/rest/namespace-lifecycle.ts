/**
 * How a namespace ends: it is marked, its content is deleted, and it goes when nothing is left.
 *
 * Holds  Workloads go before the policies that guard them: no pod is ever open because its namespace is being deleted.
 */
import { type KindDefinition, kindDefinitions, type ResourceObject } from '@margay/resources'
import type { ListOptions, Precondition, Store, StoredObject } from '@margay/storage'
import { getNamespace, namespaceKind } from '../admission/namespaces.ts'
import type { Environment } from '../environment.ts'
import { isObject } from '../json.ts'
import { forPresent } from './for-present.ts'
import { prefixOf } from './keys.ts'
import { markDeleted } from './prepare.ts'

export type Remove = (
  environment: Environment,
  kind: KindDefinition,
  stored: StoredObject,
) => Promise<StoredObject | undefined>

/** Returns the namespace while something holds it, undefined when it is gone. */
export async function terminateNamespace(
  environment: Environment,
  stored: StoredObject,
  remove: Remove,
  preconditions: readonly Precondition[] = [],
): Promise<StoredObject | undefined> {
  const { name } = stored.value.metadata
  await markTerminating(environment, stored, preconditions)
  for (const { kind, objects } of await contentOf(environment.store, name)) {
    for (const content of objects)
      await forPresent(environment, content, (present) => remove(environment, kind, present))
  }
  await finishNamespace(environment, name)
  return getNamespace(environment.store, name)
}

/**
 * Removes the namespace if it is terminating, empty, and without finalizers. Nothing comes into it after it was marked: whoever
 * makes something in it does so on the condition that it is as it was before.
 */
export async function finishNamespace(environment: Environment, name: string): Promise<void> {
  const stored = await getNamespace(environment.store, name)
  if (stored === undefined) return
  await forPresent(environment, stored, async (present) => {
    const { deletionTimestamp, finalizers = [] } = present.value.metadata
    if (deletionTimestamp === undefined || finalizers.length > 0) return
    if (await isEmpty(environment.store, name)) await environment.store.delete(present.key, present.revision)
  })
}

async function markTerminating(
  { store, clock }: Environment,
  stored: StoredObject,
  preconditions: readonly Precondition[],
): Promise<void> {
  if (stored.value.metadata.deletionTimestamp !== undefined) return
  const marked = markDeleted(stored.value, namespaceKind(), clock.now())
  await store.update(stored.key, withPhase(marked, 'Terminating'), stored.revision, { preconditions })
}

function withPhase(namespace: ResourceObject, phase: string): ResourceObject {
  return { ...namespace, status: { ...(isObject(namespace.status) ? namespace.status : {}), phase } }
}

async function isEmpty(store: Store, name: string): Promise<boolean> {
  const content = await contentOf(store, name, { limit: 1 })
  return content.every(({ objects }) => objects.length === 0)
}

/** Each kind, workloads first. All are asked for at once: with etcd every answer takes its time. */
function contentOf(store: Store, namespace: string, options?: ListOptions): Promise<Content[]> {
  const listOf = async (kind: KindDefinition): Promise<Content> => ({
    kind,
    objects: (await store.list(prefixOf(kind, namespace), options)).objects,
  })
  return Promise.all(workloadsFirst().map(listOf))
}

interface Content {
  readonly kind: KindDefinition
  readonly objects: readonly StoredObject[]
}

function workloadsFirst(): KindDefinition[] {
  const namespaced = kindDefinitions.filter((kind) => kind.namespaced)
  const isWorkload = (kind: KindDefinition): boolean => kind.group === ''
  return [...namespaced.filter(isWorkload), ...namespaced.filter((kind) => !isWorkload(kind))]
}
