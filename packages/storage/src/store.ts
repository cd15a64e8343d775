/**
 * The store: a flat, revisioned, watchable map from keys to resources.
 *
 * Keys      `/<group or "core">/<plural>/<namespace?>/<name>`, ASCII, ordered bytewise.
 * Revisions One counter for the whole store: every write takes a higher one than all before. Some may be left out, and an empty
 *           store begins at any positive one.
 * Holds     1. A write that was answered survives the death of the process (durable drivers).
 *           2. Writes are atomic and totally ordered by revision.
 *           3. list at revision R, then watch from R, misses nothing and repeats nothing.
 *           4. Values that the store hands out may be shared and frozen: copy before changing one.
 * Source    The etcd v3 data model, as far as the Kubernetes API needs it.
 */
import type { ResourceObject } from '@margay/resources'
import type { Journal, JournalRecord } from './journal/journal.ts'

export interface StoredObject {
  readonly key: string
  /** Without metadata.resourceVersion: the caller fills it in from `revision`. */
  readonly value: ResourceObject
  /** Of the last write to this key. */
  readonly revision: bigint
}

export type StoreEvent = {
  readonly type: 'Added' | 'Modified' | 'Deleted'
  /** For Deleted: the last value, with the revision of the delete. */
  readonly object: StoredObject
  /** What stood at the key before; absent for Added. */
  readonly previous?: StoredObject
}

export interface ListOptions {
  /** At most so many objects, and at least 1; without it all. */
  readonly limit?: number
  /** Only keys that sort after this one. */
  readonly startAfter?: string
  /** The state as of this revision; without it the present one. */
  readonly atRevision?: bigint
}

export interface ListResult {
  readonly objects: StoredObject[]
  /** The revision that the answer shows: a watch continues from it. */
  readonly revision: bigint
  /** True when `limit` cut the answer off. */
  readonly hasMore: boolean
}

export interface WatchOptions {
  /** Events after this revision are delivered. */
  readonly fromRevision: bigint
  /** Aborting ends the iteration without an error. */
  readonly signal: AbortSignal
  /** Called when the consumer has handled every event up to `revision` and waits for more. */
  readonly onProgress?: (revision: bigint) => void
}

/** What a write was decided by, and what must still be so at the moment in which it is committed. */
export type Precondition = UnchangedObject | UnchangedCollection

/** The object is there, and was not written after this revision, which is its own. */
export interface UnchangedObject {
  readonly key: string
  readonly revision: bigint
}

/** No object of the collection was created, changed or deleted after this revision, as that of a list. */
export interface UnchangedCollection {
  /** `/<group or "core">/<plural>/`: of all namespaces. */
  readonly collection: string
  readonly revision: bigint
}

export interface WriteOptions {
  /** Committed in the same transaction as the write, or not at all. */
  readonly journal?: JournalRecord
  /** All of them are checked in the transaction of the write. What the write says of its own key comes first. */
  readonly preconditions?: readonly Precondition[]
}

/** What a backup needs of a store. */
export interface BackupSource extends Pick<Store, 'list' | 'currentRevision' | 'close'> {
  journal(): Pick<Journal, 'read'>
}

export interface Store {
  get(key: string): Promise<StoredObject | undefined>
  /** @throws CompactedError, FutureRevisionError for `atRevision` */
  list(prefix: string, options?: ListOptions): Promise<ListResult>
  /** @throws AlreadyExistsError, PreconditionError */
  create(key: string, value: ResourceObject, options?: WriteOptions): Promise<StoredObject>
  /** @throws NotFoundError, ConflictError, PreconditionError */
  update(
    key: string,
    value: ResourceObject,
    expectedRevision: bigint,
    options?: WriteOptions,
  ): Promise<StoredObject>
  /**
   * Returns the last value with the revision of the delete.
   * @throws NotFoundError, ConflictError, PreconditionError
   */
  delete(key: string, expectedRevision?: bigint, options?: WriteOptions): Promise<StoredObject>
  /**
   * Every change below `prefix`, in order, until the signal aborts or the store closes. What came together comes together, and
   * watchers that are equally far may get the same array. A consumer that falls behind the kept history gets CompactedError,
   * never a gap.
   * @throws CompactedError, FutureRevisionError
   */
  watch(prefix: string, options: WatchOptions): AsyncIterable<readonly StoreEvent[]>
  /** What this writer has committed with its writes and not trimmed yet. */
  journal(): Journal
  currentRevision(): Promise<bigint>
  /**
   * A revision up to which all changes of these collections have happened that were answered before; 0 when there was none. Watches
   * come to it by themselves, which the current revision of a store that has other users does not promise.
   */
  lastChange(collections: readonly string[]): Promise<bigint>
  /** Forgets events up to and including `beforeRevision`: nobody can list at or watch from before it any more. */
  compact(beforeRevision: bigint): Promise<void>
  /** Ends all watches. Afterwards every call fails with StoreClosedError. */
  close(): Promise<void>
}
