/**
 * A database as it is at one moment, while its server goes on. Nobody waits for it; only the write-ahead log grows as long as it is open.
 */
import { CompactedError, FutureRevisionError, StoreOpenError } from '../errors.ts'
import type { Journal } from '../journal/journal.ts'
import type { BackupSource, ListOptions, ListResult } from '../store.ts'
import { type OpenDatabase, openDatabaseAsItIs } from './open.ts'
import { Statements } from './statements.ts'

export class SqliteSnapshot implements BackupSource {
  readonly #open: OpenDatabase
  readonly #statements: Statements
  readonly #revision: bigint

  /** The file must be there. @throws StoreLockedError, StoreOpenError */
  constructor(path: string) {
    this.#open = openDatabaseAsItIs(path)
    try {
      this.#statements = new Statements(this.#open.database)
      this.#revision = this.#statements.revisions().current
    } catch (cause) {
      this.#open.close()
      throw new StoreOpenError(path, cause instanceof Error ? cause.message : String(cause), cause)
    }
  }

  /** @throws CompactedError, FutureRevisionError for any revision but the one that it is of */
  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    const { atRevision = this.#revision, startAfter = '', limit } = options
    if (atRevision < this.#revision) throw new CompactedError(atRevision, this.#revision)
    if (atRevision > this.#revision) throw new FutureRevisionError(atRevision, this.#revision)
    const objects = this.#statements.list(prefix, startAfter, limit === undefined ? -1 : limit + 1)
    const hasMore = limit !== undefined && objects.length > limit
    return { objects: hasMore ? objects.slice(0, limit) : objects, revision: this.#revision, hasMore }
  }

  journal(): Pick<Journal, 'read'> {
    return { read: async (after, limit) => this.#statements.records(after, limit) }
  }

  async currentRevision(): Promise<bigint> {
    return this.#revision
  }

  async close(): Promise<void> {
    this.#open.close()
  }
}
