/**
 * The embedded store: one SQLite file, one process.
 *
 * Holds  1. A write resolves after its commit was synced to disk (WAL, synchronous=FULL).
 *        2. A write that fails leaves neither rows nor an event behind.
 *        3. One store has it at a time: a second opener gets StoreLockedError. Others may read it (sqlite-snapshot.ts).
 * Cost   A write is one transaction and one fsync; it blocks the event loop for that long (0.1 to 1 ms on an SSD).
 *        The kept events also live in memory.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { ResourceObject } from '@margay/resources'
import {
  AlreadyExistsError,
  ConflictError,
  NotFoundError,
  StoreClosedError,
  StoreIoError,
  StoreOpenError,
} from '../errors.ts'
import { frozenCopy } from '../freeze.ts'
import { assertPreconditions } from '../history/assert-preconditions.ts'
import { EventLog } from '../history/event-log.ts'
import { follow } from '../history/follow.ts'
import { rollBack, valuesBefore } from '../history/roll-back.ts'
import type { Journal, JournalRecord } from '../journal/journal.ts'
import type {
  ListOptions,
  ListResult,
  Store,
  StoredObject,
  StoreEvent,
  WatchOptions,
  WriteOptions,
} from '../store.ts'
import { type OpenDatabase, openDatabase } from './open.ts'
import { Statements } from './statements.ts'

export interface SqliteStoreOptions {
  /** The database file; made if it is missing, its directory is not. */
  readonly path: string
  /** How many of the newest events a watch can resume over, also after a restart. Default 10,000. */
  readonly keepEvents?: number
}

export class SqliteStore implements Store {
  readonly #open: OpenDatabase
  readonly #database: DatabaseSync
  readonly #statements: Statements
  readonly #log: EventLog
  readonly #closed = new AbortController()

  /** @throws StoreLockedError, StoreOpenError */
  constructor(options: SqliteStoreOptions) {
    this.#open = openDatabase(options.path)
    this.#database = this.#open.database
    try {
      this.#statements = new Statements(this.#database)
      this.#log = loadLog(this.#statements, options.keepEvents ?? 10_000)
    } catch (cause) {
      this.#open.close()
      throw new StoreOpenError(options.path, cause instanceof Error ? cause.message : String(cause), cause)
    }
  }

  async get(key: string): Promise<StoredObject | undefined> {
    this.#assertOpen()
    return guard('read', () => this.#statements.get(key))
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.#assertOpen()
    const revision = options.atRevision ?? this.#log.currentRevision
    const before = valuesBefore(
      this.#log.after(revision).filter(({ object }) => object.key.startsWith(prefix)),
    )
    const startAfter = options.startAfter ?? ''
    // One more than asked tells whether there is more; and rolling back can take away at most the changed keys.
    const fetch = options.limit === undefined ? -1 : options.limit + 1 + before.size
    const present = guard('list', () => this.#statements.list(prefix, startAfter, fetch))
    const all = rollBack(present, before).filter(({ key }) => key > startAfter)
    const limit = options.limit ?? all.length
    return { objects: all.slice(0, limit), revision, hasMore: all.length > limit }
  }

  async create(key: string, value: ResourceObject, options?: WriteOptions): Promise<StoredObject> {
    this.#assertOpen()
    if (guard('read', () => this.#statements.get(key)) !== undefined) throw new AlreadyExistsError(key)
    return this.#commit({ type: 'Added', object: this.#next(key, frozenCopy(value)) }, options)
  }

  async update(
    key: string,
    value: ResourceObject,
    expectedRevision: bigint,
    options?: WriteOptions,
  ): Promise<StoredObject> {
    this.#assertOpen()
    const previous = this.#expect(key, expectedRevision)
    const object = this.#next(key, frozenCopy(value))
    return this.#commit({ type: 'Modified', object, previous }, options)
  }

  async delete(key: string, expectedRevision?: bigint, options?: WriteOptions): Promise<StoredObject> {
    this.#assertOpen()
    const previous = this.#expect(key, expectedRevision)
    const object = this.#next(key, previous.value)
    return this.#commit({ type: 'Deleted', object, previous }, options)
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    this.#assertOpen()
    return follow(this.#log, prefix, options, this.#closed.signal)
  }

  journal(): Journal {
    return {
      read: async (afterRevision, limit) => {
        this.#assertOpen()
        return guard('read the journal', () => this.#statements.records(afterRevision, limit))
      },
      trim: async (throughRevision) => {
        this.#assertOpen()
        this.#transaction('trim the journal', () => this.#statements.trimRecords(throughRevision))
      },
    }
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
    this.#transaction('compact', () => this.#statements.compact(this.#log.compactedRevision))
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    this.#open.close()
  }

  #next(key: string, value: ResourceObject): StoredObject {
    return Object.freeze({ key, value, revision: this.#log.currentRevision + 1n })
  }

  #expect(key: string, expectedRevision: bigint | undefined): StoredObject {
    const present = guard('read', () => this.#statements.get(key))
    if (present === undefined) throw new NotFoundError(key)
    if (expectedRevision !== undefined && present.revision !== expectedRevision) {
      throw new ConflictError(key, expectedRevision, present.revision)
    }
    return present
  }

  /** Watchers hear of the event only after it is on disk. */
  #commit(event: StoreEvent, { journal, preconditions = [] }: WriteOptions = {}): StoredObject {
    assertPreconditions(preconditions, this.#log, (key) => guard('read', () => this.#statements.get(key)))
    this.#transaction('write', () => this.#write(event, journal))
    const compacted = this.#log.compactedRevision
    this.#log.append(event)
    if (this.#log.compactedRevision !== compacted) this.#trimHistory()
    return event.object
  }

  #write(event: StoreEvent, record: JournalRecord | undefined): void {
    this.#statements.apply(event)
    if (record !== undefined) this.#statements.addRecord(event.object.revision, record)
  }

  /** Housekeeping after an answered write: if it fails, the rows stay until the next time. */
  #trimHistory(): void {
    try {
      this.#transaction('trim the history', () => this.#statements.compact(this.#log.compactedRevision))
    } catch (error) {
      if (!(error instanceof StoreIoError)) throw error
    }
  }

  #transaction(operation: string, body: () => void): void {
    guard(operation, () => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        body()
        this.#database.exec('COMMIT')
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError()
  }
}

function loadLog(statements: Statements, keepEvents: number): EventLog {
  const { current, compacted } = statements.revisions()
  return new EventLog({
    keepEvents,
    currentRevision: current,
    compactedRevision: compacted,
    events: statements.events(),
  })
}

function guard<T>(operation: string, body: () => T): T {
  try {
    return body()
  } catch (cause) {
    throw new StoreIoError(operation, cause)
  }
}
