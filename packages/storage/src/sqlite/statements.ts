/** The prepared statements of one open database, typed: rows in, stored objects and events out. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { JournalEntry, JournalRecord } from '../journal/journal.ts'
import type { StoredObject, StoreEvent } from '../store.ts'

type Row = Record<string, SQLOutputValue>

export class Statements {
  readonly #get: StatementSync
  readonly #list: StatementSync
  readonly #put: StatementSync
  readonly #remove: StatementSync
  readonly #addEvent: StatementSync
  readonly #setRevision: StatementSync
  readonly #trimEvents: StatementSync
  readonly #setCompacted: StatementSync
  readonly #store: StatementSync
  readonly #events: StatementSync
  readonly #addRecord: StatementSync
  readonly #records: StatementSync
  readonly #trimRecords: StatementSync

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql)
      statement.setReadBigInts(true)
      return statement
    }
    this.#get = prepare('SELECT key, revision, value FROM objects WHERE key = ?')
    this.#list = prepare(
      'SELECT key, revision, value FROM objects WHERE key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?',
    )
    this.#put = prepare('INSERT OR REPLACE INTO objects (key, revision, value) VALUES (?, ?, ?)')
    this.#remove = prepare('DELETE FROM objects WHERE key = ?')
    this.#addEvent = prepare('INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)')
    this.#setRevision = prepare('UPDATE store SET revision = ?')
    this.#trimEvents = prepare('DELETE FROM history WHERE revision <= ?')
    this.#setCompacted = prepare('UPDATE store SET compacted_revision = ?')
    this.#store = prepare('SELECT revision, compacted_revision FROM store')
    this.#events = prepare('SELECT * FROM history ORDER BY revision')
    this.#addRecord = prepare('INSERT INTO journal VALUES (?, ?)')
    this.#records = prepare(
      'SELECT revision, record FROM journal WHERE revision > ? ORDER BY revision LIMIT ?',
    )
    this.#trimRecords = prepare('DELETE FROM journal WHERE revision <= ?')
  }

  get(key: string): StoredObject | undefined {
    const row = this.#get.get(key)
    return row === undefined ? undefined : toObject(row)
  }

  /** At most `limit` objects (-1: all) below `prefix` and after `startAfter`, in key order. */
  list(prefix: string, startAfter: string, limit: number): StoredObject[] {
    return this.#list.all(prefix, endOfPrefix(prefix), startAfter, limit).map(toObject)
  }

  /** The row changes of one event; the caller holds the transaction. */
  apply(event: StoreEvent): void {
    const { key, revision, value } = event.object
    const text = JSON.stringify(value)
    if (event.type === 'Deleted') this.#remove.run(key)
    else this.#put.run(key, revision, text)
    const { previous } = event
    const previousText = previous === undefined ? null : JSON.stringify(previous.value)
    this.#addEvent.run(revision, event.type, key, text, previous?.revision ?? null, previousText)
    this.#setRevision.run(revision)
  }

  compact(throughRevision: bigint): void {
    this.#trimEvents.run(throughRevision)
    this.#setCompacted.run(throughRevision)
  }

  revisions(): { current: bigint; compacted: bigint } {
    const row = this.#store.get() ?? {}
    return { current: toBigInt(row.revision), compacted: toBigInt(row.compacted_revision) }
  }

  /** The caller holds the transaction. */
  addRecord(revision: bigint, record: JournalRecord): void {
    this.#addRecord.run(revision, JSON.stringify(record))
  }

  records(afterRevision: bigint, limit: number): JournalEntry[] {
    return this.#records.all(afterRevision, limit).map(toEntry)
  }

  trimRecords(throughRevision: bigint): void {
    this.#trimRecords.run(throughRevision)
  }

  events(): StoreEvent[] {
    return this.#events.all().map(toEvent)
  }
}

/** The first key after all that start with `prefix`. */
function endOfPrefix(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1)
  return prefix === '' ? '\u{10ffff}' : prefix.slice(0, -1) + String.fromCharCode(last + 1)
}

function toObject(row: Row): StoredObject {
  return { key: String(row.key), value: JSON.parse(String(row.value)), revision: toBigInt(row.revision) }
}

function toEvent(row: Row): StoreEvent {
  const type = String(row.type)
  if (type !== 'Added' && type !== 'Modified' && type !== 'Deleted')
    throw new TypeError(`unknown event ${type}`)
  const object = toObject(row)
  if (row.previous_value === null) return { type, object }
  const value = JSON.parse(String(row.previous_value))
  return { type, object, previous: { key: object.key, value, revision: toBigInt(row.previous_revision) } }
}

function toEntry(row: Row): JournalEntry {
  return { revision: toBigInt(row.revision), record: JSON.parse(String(row.record)) }
}

function toBigInt(value: SQLOutputValue | undefined): bigint {
  if (typeof value === 'bigint') return value
  throw new TypeError(`expected an integer column, got ${typeof value}`)
}
