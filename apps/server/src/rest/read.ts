/** get and list. */
import { CompactedError, FutureRevisionError, type Store, type StoredObject } from '@margay/storage'
import type { Environment } from '../environment.ts'
import { negotiate } from '../http/accept.ts'
import type { FullResponse } from '../http/message.ts'
import { expired, notFound, resourceVersionTooLarge } from '../status/api-error.ts'
import { formatContinue, parseContinue } from './continue-token.ts'
import { keyOf, prefixOf, toResource } from './keys.ts'
import { type ListOptions, matchesFilter, type ObjectFilter, parseListOptions } from './query.ts'
import type { NamedRequest, ResourceRequest } from './request.ts'
import { respondList, respondObject } from './respond.ts'

/** How many objects to read at once when a selector leaves out an unknown part of them. */
const filterPageSize = 500

export async function getObject({ store, clock }: Environment, request: NamedRequest): Promise<FullResponse> {
  const representation = negotiate(request.headers.accept)
  const stored = await existing(store, request)
  return respondObject(toResource(stored), request, { representation, now: clock.now() })
}

/** The object that the request names. Throws a 404, or a 403 for one that the user may not do this with. */
export async function existing(
  store: Store,
  { kind, namespace, name, access }: NamedRequest,
): Promise<StoredObject> {
  const stored = await store.get(keyOf(kind, namespace, name))
  if (stored === undefined) {
    access.checkMissing()
    throw notFound(kind, name)
  }
  access.checkStored(stored.value)
  return stored
}

export async function listObjects(
  { store, clock }: Environment,
  request: ResourceRequest,
): Promise<FullResponse> {
  const representation = negotiate(request.headers.accept)
  const options = parseListOptions(request.query, request.kind)
  const prefix = prefixOf(request.kind, request.namespace)
  const page = await guardRevision(() => listPage(store, prefix, options))
  const list = {
    items: page.objects.map(toResource),
    resourceVersion: String(page.revision),
    ...(page.after === undefined
      ? {}
      : { continue: formatContinue({ revision: page.revision, after: page.after }) }),
  }
  return respondList(list, request, { representation, now: clock.now() })
}

export interface FilteredPage {
  readonly objects: readonly StoredObject[]
  readonly revision: bigint
  /** Set when there may be more: the last key read, relative to the prefix. */
  readonly after: string | undefined
}

async function listPage(store: Store, prefix: string, options: ListOptions): Promise<FilteredPage> {
  const position = options.continue === undefined ? undefined : parseContinue(options.continue)
  if (position === undefined) await checkReached(store, options)
  const exact = isExact(options) ? options.resourceVersion : undefined
  return filteredPage(store, prefix, options.filter, {
    limit: options.limit,
    startAfter: position === undefined ? '' : prefix + position.after,
    atRevision: position?.revision ?? exact,
  })
}

/** A page of a given version, without a word on how to match it, is exact: the rest of the pages must fit it. */
function isExact({ limit, resourceVersion, resourceVersionMatch }: ListOptions): boolean {
  if (resourceVersionMatch !== undefined) return resourceVersionMatch === 'Exact'
  return limit > 0 && resourceVersion !== undefined && resourceVersion > 0n
}

/** A client may ask for a state at least as new as one that it has seen. */
async function checkReached(store: Store, { resourceVersion }: ListOptions): Promise<void> {
  const current = await store.currentRevision()
  if (resourceVersion !== undefined && resourceVersion > current)
    throw resourceVersionTooLarge(resourceVersion, current)
}

/** Up to `limit` matching objects (0: all) in key order, all as of one revision. */
export async function filteredPage(
  store: Store,
  prefix: string,
  filter: ObjectFilter,
  options: { limit: number; startAfter: string; atRevision: bigint | undefined },
): Promise<FilteredPage> {
  const { limit } = options
  const hasSelector = filter.labels.length > 0 || filter.fields.length > 0
  const pageSize = limit === 0 ? undefined : hasSelector ? Math.max(limit, filterPageSize) : limit
  const found: StoredObject[] = []
  let { startAfter, atRevision } = options
  for (;;) {
    const page = await store.list(prefix, {
      startAfter,
      ...(pageSize === undefined ? {} : { limit: pageSize }),
      ...(atRevision === undefined ? {} : { atRevision }),
    })
    atRevision = page.revision
    found.push(...page.objects.filter(({ value }) => matchesFilter(filter, value)))
    const isFull = limit > 0 && (found.length > limit || (found.length === limit && page.hasMore))
    if (isFull) return pageOf(found.slice(0, limit), atRevision, prefix)
    if (!page.hasMore) return { objects: found, revision: atRevision, after: undefined }
    startAfter = page.objects.at(-1)?.key ?? startAfter
  }
}

function pageOf(objects: readonly StoredObject[], revision: bigint, prefix: string): FilteredPage {
  return { objects, revision, after: objects.at(-1)?.key.slice(prefix.length) }
}

/** The store's complaints about revisions, as a client should hear them. */
export async function guardRevision<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw revisionError(error)
  }
}

export function revisionError(error: unknown): unknown {
  if (error instanceof CompactedError) {
    return expired(`too old resource version: ${error.requestedRevision} (${error.compactedRevision})`)
  }
  if (error instanceof FutureRevisionError) {
    return resourceVersionTooLarge(error.requestedRevision, error.currentRevision)
  }
  return error
}
