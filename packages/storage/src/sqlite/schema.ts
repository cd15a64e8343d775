/** The tables, and the few numbers that describe the store as a whole. */
import type { DatabaseSync } from 'node:sqlite'

/** Raised with every incompatible change of the tables; a database with a higher one is refused. */
export const schemaVersion = 1

/**
 * `objects` is the present state; `history` the last events, each with what stood there before, so that old states
 * can be rebuilt; `journal` what was committed with writes, until it is trimmed; `store` has one row. Keys compare bytewise (SQLite's BINARY collation).
 */
const tables = `
  CREATE TABLE IF NOT EXISTS store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    compacted_revision INTEGER NOT NULL
  ) STRICT;
  INSERT OR IGNORE INTO store (id, revision, compacted_revision) VALUES (1, 1, 1);
  CREATE TABLE IF NOT EXISTS objects (
    key TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (
    revision INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    previous_revision INTEGER,
    previous_value TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS journal (
    revision INTEGER PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT;
`

/**
 * Creates what is missing. In WAL mode others can read one moment's state while we write (see sqlite-snapshot.ts).
 * synchronous=FULL makes SQLite sync the write-ahead log at each commit, so a committed write survives a power cut.
 */
export function prepareDatabase(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('BEGIN IMMEDIATE')
  assertReadable(database)
  database.exec(tables)
  database.exec(`PRAGMA user_version = ${schemaVersion}`)
  database.exec('COMMIT')
}

/** @throws NewerSchemaError */
export function assertReadable(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > schemaVersion) throw new NewerSchemaError(version)
}

export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError'
  constructor(version: number) {
    super(`it has format ${version}, and this version reads formats up to ${schemaVersion}`)
  }
}
