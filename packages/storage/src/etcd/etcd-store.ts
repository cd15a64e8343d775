/**
 * The store in etcd, which several servers may share.
 *
 * Revisions  are etcd's: they also rise by what others write there, and by trimming a journal.
 * Holds      1. A write is one transaction; it is answered after etcd has it on disk at a majority of its members.
 *            2. Reads are linearizable: they see every write that was answered before, by whichever server.
 *            3. When etcd can't be reached, writes fail with StoreUnreachableError, and watches wait and go on.
 * Source     etcd's API of version 3.4.
 */
import type { ResourceObject } from '@margay/resources'
import {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  FutureRevisionError,
  NotFoundError,
  PreconditionError,
  StoreClosedError,
} from '../errors.ts'
import { frozenCopy } from '../freeze.ts'
import { EventLog } from '../history/event-log.ts'
import { follow } from '../history/follow.ts'
import type { Journal } from '../journal/journal.ts'
import type {
  ListOptions,
  ListResult,
  Precondition,
  Store,
  StoredObject,
  StoreEvent,
  WatchOptions,
  WriteOptions,
} from '../store.ts'
import type { EtcdTls } from './channel.ts'
import { Connection } from './connection.ts'
import { EtcdJournal } from './etcd-journal.ts'
import { feedLog, toStoredObject } from './feed.ts'
import { collectionOf, KeySpace } from './key-space.ts'
import type { Compare, KeyValue, Operation, TxnResponse } from './kv-messages.ts'
import { deleteOperation, putOperation, rangeOperation } from './kv-messages.ts'
import { oldestRevision } from './oldest-revision.ts'
import type { EtcdLogin } from './session.ts'
import { isCompacted, isFutureRevision, toStoreError } from './status.ts'

export interface EtcdStoreOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, one for each member of one etcd. */
  readonly endpoints: readonly string[]
  /** What all keys in etcd start with. Default `/margay/registry`. */
  readonly prefix?: string
  /** Whose journal this store writes, reads and trims: different for each server that shares the prefix. Default `server`. */
  readonly writer?: string
  /** Whose journals `read` shows: by default its own; `all` is for who looks on. */
  readonly journals?: 'own' | 'all'
  readonly tls?: EtcdTls
  /** For an etcd with authentication. Its role must be granted all keys that start with `prefix`. */
  readonly login?: EtcdLogin
  /** How long a request may take, connecting included. Default 5000. */
  readonly requestTimeoutMs?: number
  /** How many of the newest events a watch can resume over, also after a restart. Default 10,000. */
  readonly keepEvents?: number
}

export class EtcdStore implements Store {
  readonly #endpoints: readonly string[]
  readonly #connection: Connection
  readonly #keys: KeySpace
  readonly #journal: EtcdJournal
  readonly #log: EventLog
  readonly #closed = new AbortController()
  readonly #feed: Promise<void>

  /** @throws StoreOpenError, StoreUnreachableError, StorePermissionError */
  static async open(options: EtcdStoreOptions): Promise<EtcdStore> {
    const { endpoints, requestTimeoutMs = 5000, keepEvents = 10_000 } = options
    const connection = new Connection({ ...options, requestTimeoutMs })
    try {
      const { revision } = await connection.range({ key: options.prefix ?? defaultPrefix })
      return new EtcdStore(options, connection, startOfHistory(revision, keepEvents))
    } catch (error) {
      connection.close()
      throw toStoreError('open', endpoints, error)
    }
  }

  private constructor(options: EtcdStoreOptions, connection: Connection, log: EventLog) {
    this.#endpoints = options.endpoints
    this.#connection = connection
    this.#keys = new KeySpace(options.prefix ?? defaultPrefix, options.writer ?? 'server')
    this.#journal = this.#openJournal(options.journals ?? 'own')
    this.#log = log
    this.#feed = feedLog({ log, connection, keys: this.#keys, signal: this.#closed.signal })
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const range = { key: this.#keys.ofObject(key) }
    const { kvs } = await this.#call('read', () => this.#connection.range(range))
    return kvs[0] === undefined ? undefined : toStoredObject(this.#keys, kvs[0])
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const objects: StoredObject[] = []
    let { atRevision: revision, startAfter } = options
    for (;;) {
      const limit = Math.min(pageSize, (options.limit ?? Number.POSITIVE_INFINITY) - objects.length)
      const page = await this.#page(prefix, startAfter, revision, limit)
      revision ??= page.revision
      for (const pair of page.kvs) objects.push(toStoredObject(this.#keys, pair))
      startAfter = objects.at(-1)?.key ?? startAfter
      if (!page.more || objects.length === options.limit) return { objects, revision, hasMore: page.more }
    }
  }

  async create(key: string, value: ResourceObject, options?: WriteOptions): Promise<StoredObject> {
    const object = { key, value: frozenCopy(value) }
    const put = putOperation(this.#keys.ofObject(key), JSON.stringify(object.value))
    const done = await this.#write(key, { relation: 'equal', modRevision: 0n }, put, options)
    if (!done.succeeded) throw new AlreadyExistsError(key)
    return Object.freeze({ ...object, revision: done.revision })
  }

  async update(
    key: string,
    value: ResourceObject,
    expectedRevision: bigint,
    options?: WriteOptions,
  ): Promise<StoredObject> {
    const object = { key, value: frozenCopy(value) }
    const put = putOperation(this.#keys.ofObject(key), JSON.stringify(object.value))
    const done = await this.#write(key, expected(expectedRevision), put, options)
    if (!done.succeeded) throw refusal(key, expectedRevision, done)
    return Object.freeze({ ...object, revision: done.revision })
  }

  async delete(key: string, expectedRevision?: bigint, options?: WriteOptions): Promise<StoredObject> {
    const remove = deleteOperation(this.#keys.ofObject(key))
    const done = await this.#write(key, expected(expectedRevision), remove, options)
    const last = done.results[0]?.[0]
    if (!done.succeeded || last === undefined) throw refusal(key, expectedRevision ?? 0n, done)
    return Object.freeze({ ...toStoredObject(this.#keys, last), revision: done.revision })
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    this.#assertOpen()
    const begin = () => this.#assertReached(options.fromRevision)
    return follow(this.#log, prefix, options, this.#closed.signal, begin)
  }

  journal(): Journal {
    return this.#journal
  }

  async currentRevision(): Promise<bigint> {
    const range = { ...this.#keys.objects(''), limit: 1, keysOnly: true }
    return (await this.#call('read', () => this.#connection.range(range))).revision
  }

  async lastChange(collections: readonly string[]): Promise<bigint> {
    const success = collections.map((each) =>
      rangeOperation({ key: this.#keys.markOf(each), keysOnly: true }),
    )
    const { results } = await this.#call('read', () => this.#connection.txn({ compare: [], success }))
    const revisions = results.flat().map(({ modRevision }) => modRevision)
    return revisions.reduce((last, each) => (each > last ? each : last), 0n)
  }

  /** Compacts all of etcd, not only this store's keys: that is how etcd does it. */
  async compact(beforeRevision: bigint): Promise<void> {
    const current = await this.currentRevision()
    const target = beforeRevision < current ? beforeRevision : current
    if (target <= 0n) return
    await this.#call('compact', () => this.#connection.compact(target).catch(ignoreCompacted))
    this.#log.skipTo(target)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#feed
    this.#connection.close()
  }

  async #page(prefix: string, startAfter: string | undefined, atRevision: bigint | undefined, limit: number) {
    const at = atRevision === undefined ? {} : { revision: atRevision }
    const range = { ...this.#keys.objects(prefix, startAfter), limit, ...at }
    return this.#call('list', async () => {
      try {
        return await this.#connection.range(range)
      } catch (error) {
        throw await this.#historyError(atRevision ?? 0n, error)
      }
    })
  }

  async #historyError(requested: bigint, error: unknown): Promise<unknown> {
    if (isFutureRevision(error)) return new FutureRevisionError(requested, await this.currentRevision())
    if (!isCompacted(error)) return error
    const oldest = await oldestRevision(this.#connection, this.#keys, requested)
    return new CompactedError(requested, oldest)
  }

  async #write(
    key: string,
    condition: Omit<Compare, 'key'>,
    operation: Operation,
    { journal, preconditions = [] }: WriteOptions = {},
  ): Promise<TxnResponse> {
    const own: Compare = { key: this.#keys.ofObject(key), ...condition }
    const others = preconditions.map((each) => this.#compare(each))
    const mark = putOperation(this.#keys.markOf(collectionOf(key)), '')
    const request = {
      compare: [own, ...others],
      success: [operation, mark, ...this.#journal.operations(journal)],
      failure: [own, ...others].map((each) => rangeOperation({ key: each.key, keysOnly: true })),
    }
    const done = await this.#call('write', () => this.#connection.txn(request))
    if (!done.succeeded && holds(own, done.results[0])) throw failed(preconditions, others, done)
    return done
  }

  #compare(precondition: Precondition): Compare {
    const { revision } = precondition
    if ('key' in precondition)
      return {
        key: this.#keys.ofObject(precondition.key),
        relation: 'equal',
        modRevision: atLeastOne(revision),
      }
    return {
      key: this.#keys.markOf(precondition.collection),
      relation: 'less',
      modRevision: revision + 1n,
    }
  }

  /** The log may be behind etcd, so what lies ahead of it need not lie ahead of etcd. */
  async #assertReached(revision: bigint): Promise<void> {
    if (revision <= this.#log.currentRevision) return
    const current = await this.currentRevision()
    if (revision > current) throw new FutureRevisionError(revision, current)
  }

  #openJournal(journals: 'own' | 'all'): EtcdJournal {
    const read = journals === 'all' ? this.#keys.journals : this.#keys.journal
    return new EtcdJournal(
      { own: this.#keys.journal, read },
      {
        range: async (request): Promise<readonly KeyValue[]> =>
          (await this.#call('read the journal', () => this.#connection.range(request))).kvs,
        txn: (request) => this.#call('trim the journal', () => this.#connection.txn(request)),
      },
    )
  }

  async #call<T>(operation: string, body: () => Promise<T>): Promise<T> {
    this.#assertOpen()
    try {
      return await body()
    } catch (error) {
      this.#assertOpen()
      if (error instanceof CompactedError || error instanceof FutureRevisionError) throw error
      throw toStoreError(operation, this.#endpoints, error)
    }
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError()
  }
}

const defaultPrefix = '/margay/registry'

/** A list is fetched in pages, so that no answer holds up etcd for long. */
const pageSize = 1000

/** The log that begins so many revisions back; etcd corrects it when it has compacted them. */
function startOfHistory(currentRevision: bigint, keepEvents: number): EventLog {
  const wanted = currentRevision - BigInt(keepEvents)
  const start = wanted > 1n ? wanted : 1n
  return new EventLog({ keepEvents, currentRevision: start, compactedRevision: start })
}

/** That the key is there, and at the revision if there is one. */
function expected(revision: bigint | undefined): Omit<Compare, 'key'> {
  return revision === undefined
    ? { relation: 'greater', modRevision: 0n }
    : { relation: 'equal', modRevision: atLeastOne(revision) }
}

/** For etcd a key that is not there has the revision 0: to expect that would not be to expect an object. */
function atLeastOne(revision: bigint): bigint {
  return revision === 0n ? -1n : revision
}

/** What etcd decides too, to tell which of the comparisons failed. */
function holds({ relation, modRevision }: Compare, pairs: readonly KeyValue[] = []): boolean {
  const actual = pairs[0]?.modRevision ?? 0n
  if (relation === 'equal') return actual === modRevision
  return relation === 'greater' ? actual > modRevision : actual < modRevision
}

/** `results` has what the keys of `others` were at, behind that of the write's own key. */
function failed(
  preconditions: readonly Precondition[],
  others: readonly Compare[],
  { results }: TxnResponse,
): Error {
  const index = others.findIndex((each, n) => !holds(each, results[n + 1]))
  const precondition = preconditions[index]
  if (precondition === undefined) return new Error('etcd refused a write all of whose conditions hold')
  return new PreconditionError(precondition)
}

function refusal(key: string, expectedRevision: bigint, { results }: TxnResponse): Error {
  const present = results[0]?.[0]
  if (present === undefined) return new NotFoundError(key)
  return new ConflictError(key, expectedRevision, present.modRevision)
}

function ignoreCompacted(error: unknown): void {
  if (!isCompacted(error)) throw error
}
