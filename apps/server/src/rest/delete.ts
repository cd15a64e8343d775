/** delete and deletecollection: preconditions, finalizers, and the end of a namespace. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { Precondition, StoredObject } from '@margay/storage'
import { type Judgement, unjudged } from '../admission/assertions/judgement.ts'
import { checkNamespaceDeletable, isNamespaceKind } from '../admission/namespaces.ts'
import { checkProfileWritable } from '../admission/profiles.ts'
import { withServerStatus } from '../admission/server-status.ts'
import { checkTierDeletable } from '../admission/tiers.ts'
import type { Environment } from '../environment.ts'
import { type FullResponse, json } from '../http/message.ts'
import { ApiError, type Status } from '../status/api-error.ts'
import { unlessChanged } from './changed-meanwhile.ts'
import { decideAndWrite } from './decide-and-write.ts'
import { type DeleteOptions, parseDeleteOptions } from './delete-options.ts'
import { forPresent } from './for-present.ts'
import { prefixOf, toResource } from './keys.ts'
import { finishNamespace, terminateNamespace } from './namespace-lifecycle.ts'
import { checkPreconditions, markDeleted } from './prepare.ts'
import { matchesFilter, parseFilter } from './query.ts'
import { existing, filteredPage } from './read.ts'
import type { NamedRequest, ResourceRequest } from './request.ts'
import { respondList, warningHeaders } from './respond.ts'

export async function deleteObject(environment: Environment, request: NamedRequest): Promise<FullResponse> {
  const { kind } = request
  const options = parseDeleteOptions(request)
  return decideAndWrite(environment, async () => {
    const stored = await existing(environment.store, request)
    const { left, warnings } = await deleteStored(environment, kind, stored, options)
    return json(left === undefined ? success(kind, stored) : toResource(left), 200, warningHeaders(warnings))
  })
}

/**
 * One by one, up to the first that is refused: those before it are gone, and the answer is that refusal, with the warnings so far.
 *
 * Source  Kubernetes' generic registry, `DeleteCollection` with one worker.
 */
export async function deleteCollection(
  environment: Environment,
  request: ResourceRequest,
): Promise<FullResponse> {
  const { kind, namespace } = request
  const options = parseDeleteOptions(request)
  const filter = parseFilter(request.query, kind)
  const everything = { limit: 0, startAfter: '', atRevision: undefined }
  const { objects } = await filteredPage(environment.store, prefixOf(kind, namespace), filter, everything)
  const warnings = await withWarnings((warn) =>
    deleteEach(environment, objects, async (stored) => {
      if (matchesFilter(filter, stored.value))
        warn((await deleteStored(environment, kind, stored, options)).warnings)
    }),
  )
  const resourceVersion = String(await environment.store.currentRevision())
  const list = { items: objects.map(toResource), resourceVersion }
  const presentation = { representation: { as: 'Object' }, now: environment.clock.now() } as const
  return respondList(list, request, presentation, warnings)
}

async function deleteEach(
  environment: Environment,
  objects: readonly StoredObject[],
  deleteOne: (stored: StoredObject) => Promise<void>,
): Promise<void> {
  for (const listed of objects)
    await decideAndWrite(environment, () => forPresent(environment, listed, deleteOne))
}

/** What has been done stays done where the rest is refused, and so do the warnings about it. */
async function withWarnings(
  task: (warn: (more: readonly string[]) => void) => Promise<void>,
): Promise<string[]> {
  const warnings: string[] = []
  try {
    await task((more) => warnings.push(...more))
  } catch (error) {
    throw error instanceof ApiError ? error.with(warningHeaders(warnings)) : error
  }
  return warnings
}

interface Deleted {
  /** Of the object: undefined when it is gone, itself when finalizers or a namespace's content hold it. */
  readonly left: StoredObject | undefined
  readonly warnings: readonly string[]
}

async function deleteStored(
  environment: Environment,
  kind: KindDefinition,
  stored: StoredObject,
  options: DeleteOptions,
): Promise<Deleted> {
  const { name } = stored.value.metadata
  checkPreconditions(toResource(stored), options.preconditions, kind)
  checkNamespaceDeletable(kind, name)
  checkProfileWritable(kind, name)
  const decided = await checkTierDeletable(environment.store, kind, name)
  const { preconditions, warnings } = await judgeDeletion(environment, kind, stored)
  if (options.dryRun) return { left: undefined, warnings }
  const left = await take(environment, kind, stored, [...decided, ...preconditions])
  return { left, warnings }
}

async function take(
  environment: Environment,
  kind: KindDefinition,
  stored: StoredObject,
  preconditions: readonly Precondition[],
): Promise<StoredObject | undefined> {
  if (isNamespaceKind(kind)) return terminateNamespace(environment, stored, removeOrMark, preconditions)
  const left = await removeOrMark(environment, kind, stored, preconditions)
  if (left === undefined) await afterRemoval(environment, stored)
  return left
}

/** What has a finalizer is judged as it will be without: whoever removes that one only finishes what is asked for here. */
async function judgeDeletion(
  { assertions }: Environment,
  kind: KindDefinition,
  { value }: StoredObject,
): Promise<Judgement> {
  if (value.metadata.deletionTimestamp !== undefined) return unjudged
  return assertions.judge(kind, { before: value, object: value, isGone: true })
}

/** Removes the object, unless finalizers hold it: then its deletion is noted in it. */
export async function removeOrMark(
  { store, clock }: Environment,
  kind: KindDefinition,
  stored: StoredObject,
  preconditions: readonly Precondition[] = [],
): Promise<StoredObject | undefined> {
  const { finalizers = [], deletionTimestamp } = stored.value.metadata
  if (finalizers.length > 0) {
    if (deletionTimestamp !== undefined) return stored
    const now = clock.now()
    const marked = withServerStatus(kind, markDeleted(stored.value, kind, now), now)
    return store.update(stored.key, marked, stored.revision, { preconditions })
  }
  await store.delete(stored.key, stored.revision, { preconditions })
  return undefined
}

/**
 * After an update: an object whose last finalizer went while its deletion was requested goes too. If others have written it since, that
 * is theirs to do.
 */
export async function settleDeletion(
  environment: Environment,
  kind: KindDefinition,
  stored: StoredObject,
): Promise<void> {
  if (!isToGo(stored.value)) return
  if (isNamespaceKind(kind)) return finishNamespace(environment, stored.value.metadata.name)
  const gone = await unlessChanged(environment.store.delete(stored.key, stored.revision))
  if (gone !== undefined) await afterRemoval(environment, stored)
}

/** Its deletion was asked for, and nothing holds it. */
export function isToGo({ metadata: { deletionTimestamp, finalizers = [] } }: ResourceObject): boolean {
  return deletionTimestamp !== undefined && finalizers.length === 0
}

async function afterRemoval(environment: Environment, { value }: StoredObject): Promise<void> {
  if (value.metadata.namespace !== undefined) await finishNamespace(environment, value.metadata.namespace)
}

function success(kind: KindDefinition, { value }: StoredObject): Status {
  const { name, uid } = value.metadata
  const details = {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    ...(uid === undefined ? {} : { uid }),
  }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
