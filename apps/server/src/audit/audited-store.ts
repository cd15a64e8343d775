/** A store whose every write carries its audit record; for one request, or for the server's own work. */
import type { ResourceObject } from '@margay/resources'
import type {
  ListOptions,
  ListResult,
  Store,
  StoredObject,
  StoreEvent,
  WatchOptions,
  WriteOptions,
} from '@margay/storage'

/** What a write does to one key. `before` and `after` are undefined where nothing is there. */
export interface KeyChange {
  readonly key: string
  readonly before: ResourceObject | undefined
  readonly after: ResourceObject | undefined
}

/** The record of a change; undefined when none is wanted. */
export type RecordOf = (change: KeyChange) => WriteOptions['journal'] | undefined

export class AuditedStore implements Store {
  readonly #store: Store
  readonly #recordOf: RecordOf
  /** What was read last: a write comes after a read of what it changes. */
  readonly #known = new Map<string, StoredObject>()
  #hasRecorded = false

  constructor(store: Store, recordOf: RecordOf) {
    this.#store = store
    this.#recordOf = recordOf
  }

  /** That a write was committed, and its record with it. */
  get hasRecorded(): boolean {
    return this.#hasRecorded
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const stored = await this.#store.get(key)
    if (stored !== undefined) this.#known.set(key, stored)
    return stored
  }

  list(prefix: string, options?: ListOptions): Promise<ListResult> {
    return this.#store.list(prefix, options)
  }

  create(key: string, value: ResourceObject, options?: WriteOptions): Promise<StoredObject> {
    return this.#write({ key, before: undefined, after: value }, options, (all) =>
      this.#store.create(key, value, all),
    )
  }

  async update(
    key: string,
    value: ResourceObject,
    expectedRevision: bigint,
    options?: WriteOptions,
  ): Promise<StoredObject> {
    const before = await this.#at(key, expectedRevision)
    return this.#write({ key, before, after: value }, options, (all) =>
      this.#store.update(key, value, expectedRevision, all),
    )
  }

  async delete(key: string, expectedRevision?: bigint, options?: WriteOptions): Promise<StoredObject> {
    const before = await this.#at(key, expectedRevision)
    return this.#write({ key, before, after: undefined }, options, (all) =>
      this.#store.delete(key, expectedRevision, all),
    )
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    return this.#store.watch(prefix, options)
  }

  currentRevision(): Promise<bigint> {
    return this.#store.currentRevision()
  }

  lastChange(collections: readonly string[]): Promise<bigint> {
    return this.#store.lastChange(collections)
  }

  compact(beforeRevision: bigint): Promise<void> {
    return this.#store.compact(beforeRevision)
  }

  journal(): ReturnType<Store['journal']> {
    return this.#store.journal()
  }

  /** The store is somebody else's. */
  async close(): Promise<void> {}

  async #at(key: string, revision: bigint | undefined): Promise<ResourceObject | undefined> {
    const known = this.#known.get(key)
    if (known !== undefined && (revision === undefined || known.revision === revision)) return known.value
    return (await this.#store.get(key))?.value
  }

  async #write(
    change: KeyChange,
    options: WriteOptions | undefined,
    write: (options: WriteOptions | undefined) => Promise<StoredObject>,
  ): Promise<StoredObject> {
    const journal = this.#recordOf(change)
    if (journal === undefined) return write(options)
    const stored = await write({ ...options, journal })
    this.#hasRecorded = true
    return stored
  }
}
