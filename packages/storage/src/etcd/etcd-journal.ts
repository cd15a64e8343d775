/**
 * A writer's journal in etcd: one key for each record, put in the transaction of its write, so that the key's revision is
 * that of the write. The keys only have to be new: order comes from the revisions.
 *
 * Cost  A read looks at every record that is not trimmed yet.
 */
import { randomUUID } from 'node:crypto'
import type { Journal, JournalEntry, JournalRecord } from '../journal/journal.ts'
import type { KeyRange } from './key-space.ts'
import type { KeyValue, TxnRequest } from './kv-messages.ts'
import { deleteOperation, type Operation, putOperation, type RangeRequest } from './kv-messages.ts'

/** How the journal speaks to etcd: with errors of the store. */
export interface JournalCalls {
  range(request: RangeRequest): Promise<readonly KeyValue[]>
  txn(request: TxnRequest): Promise<unknown>
}

export interface JournalKeys {
  /** Written and trimmed. */
  readonly own: KeyRange
  readonly read: KeyRange
}

export class EtcdJournal implements Journal {
  readonly #keys: JournalKeys
  readonly #calls: JournalCalls
  readonly #session = randomUUID()
  #count = 0

  constructor(keys: JournalKeys, calls: JournalCalls) {
    this.#keys = keys
    this.#calls = calls
  }

  /** What a write's transaction does besides, on success. */
  operations(record: JournalRecord | undefined): Operation[] {
    if (record === undefined) return []
    return [putOperation(`${this.#keys.own.key}${this.#session}/${++this.#count}`, JSON.stringify(record))]
  }

  async read(afterRevision: bigint, limit: number): Promise<JournalEntry[]> {
    if (limit <= 0) return []
    const minModRevision = afterRevision + 1n
    const pairs = await this.#calls.range({ ...this.#keys.read, limit, minModRevision, sortByRevision: true })
    return pairs.map(({ modRevision, value }) => ({ revision: modRevision, record: JSON.parse(value) }))
  }

  /** In several transactions: when it fails, the rest stays until the next time. */
  async trim(throughRevision: bigint): Promise<void> {
    if (throughRevision <= 0n) return
    const old = await this.#calls.range({
      ...this.#keys.own,
      keysOnly: true,
      maxModRevision: throughRevision,
    })
    for (let n = 0; n < old.length; n += maxOperations) {
      const success = old.slice(n, n + maxOperations).map(({ key }) => deleteOperation(key))
      await this.#calls.txn({ compare: [], success })
    }
  }
}

/** etcd allows 128 operations in a transaction, unless it is told otherwise. */
const maxOperations = 100
