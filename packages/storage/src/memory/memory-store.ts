/** The store without a disk: for tests and for throw-away servers. Same promises as the others, except durability. */
import type { ResourceObject } from '@margay/resources'
import { AlreadyExistsError, ConflictError, NotFoundError, StoreClosedError } from '../errors.ts'
import { frozenCopy } from '../freeze.ts'
import { assertPreconditions } from '../history/assert-preconditions.ts'
import { EventLog } from '../history/event-log.ts'
import { follow } from '../history/follow.ts'
import { rollBack, valuesBefore } from '../history/roll-back.ts'
import type { Journal } from '../journal/journal.ts'
import type {
  ListOptions,
  ListResult,
  Store,
  StoredObject,
  StoreEvent,
  WatchOptions,
  WriteOptions,
} from '../store.ts'
import { MemoryJournal } from './memory-journal.ts'

export interface MemoryStoreOptions {
  /** How many of the newest events a watch can resume over. Default 10,000. */
  readonly keepEvents?: number
}

export class MemoryStore implements Store {
  readonly #objects = new Map<string, StoredObject>()
  readonly #log: EventLog
  readonly #journal = new MemoryJournal(() => this.#assertOpen())
  readonly #closed = new AbortController()

  constructor(options: MemoryStoreOptions = {}) {
    this.#log = new EventLog({
      keepEvents: options.keepEvents ?? 10_000,
      currentRevision: 1n,
      compactedRevision: 1n,
    })
  }

  async get(key: string): Promise<StoredObject | undefined> {
    this.#assertOpen()
    return this.#objects.get(key)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.#assertOpen()
    const revision = options.atRevision ?? this.#log.currentRevision
    const since = this.#log.after(revision).filter((event) => event.object.key.startsWith(prefix))
    const startAfter = options.startAfter ?? ''
    const all = rollBack(this.#present(prefix), valuesBefore(since)).filter(({ key }) => key > startAfter)
    const limit = options.limit ?? all.length
    return { objects: all.slice(0, limit), revision, hasMore: all.length > limit }
  }

  async create(key: string, value: ResourceObject, options?: WriteOptions): Promise<StoredObject> {
    this.#assertOpen()
    if (this.#objects.has(key)) throw new AlreadyExistsError(key)
    return this.#write('Added', key, frozenCopy(value), options)
  }

  async update(
    key: string,
    value: ResourceObject,
    expectedRevision: bigint,
    options?: WriteOptions,
  ): Promise<StoredObject> {
    this.#assertOpen()
    this.#expect(key, expectedRevision)
    return this.#write('Modified', key, frozenCopy(value), options)
  }

  async delete(key: string, expectedRevision?: bigint, options?: WriteOptions): Promise<StoredObject> {
    this.#assertOpen()
    const present = this.#expect(key, expectedRevision)
    return this.#write('Deleted', key, present.value, options)
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    this.#assertOpen()
    return follow(this.#log, prefix, options, this.#closed.signal)
  }

  journal(): Journal {
    return this.#journal
  }

  async currentRevision(): Promise<bigint> {
    this.#assertOpen()
    return this.#log.currentRevision
  }

  /** Of all collections: no watch has to wait for it. */
  async lastChange(): Promise<bigint> {
    return this.currentRevision()
  }

  async compact(beforeRevision: bigint): Promise<void> {
    this.#assertOpen()
    this.#log.compact(beforeRevision)
  }

  async close(): Promise<void> {
    this.#closed.abort()
  }

  #present(prefix: string): StoredObject[] {
    return [...this.#objects.values()].filter(({ key }) => key.startsWith(prefix))
  }

  #expect(key: string, expectedRevision: bigint | undefined): StoredObject {
    const present = this.#objects.get(key)
    if (present === undefined) throw new NotFoundError(key)
    if (expectedRevision !== undefined && present.revision !== expectedRevision) {
      throw new ConflictError(key, expectedRevision, present.revision)
    }
    return present
  }

  #write(
    type: StoreEvent['type'],
    key: string,
    value: ResourceObject,
    { journal, preconditions = [] }: WriteOptions = {},
  ): StoredObject {
    assertPreconditions(preconditions, this.#log, (each) => this.#objects.get(each))
    const previous = this.#objects.get(key)
    const object: StoredObject = Object.freeze({ key, value, revision: this.#log.currentRevision + 1n })
    if (journal !== undefined) this.#journal.append(object.revision, journal)
    if (type === 'Deleted') this.#objects.delete(key)
    else this.#objects.set(key, object)
    this.#log.append(previous === undefined ? { type, object } : { type, object, previous })
    return object
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError()
  }
}
