/** Opens a database file and turns SQLite's ways of failing into our two: locked, or not usable. */
import { DatabaseSync } from 'node:sqlite'
import { StoreLockedError, StoreOpenError } from '../errors.ts'
import { lockDatabase } from './lock-file.ts'
import { assertReadable, prepareDatabase } from './schema.ts'

/** SQLite's primary result code for a file that somebody else has locked. */
const sqliteBusy = 5

/** Milliseconds. One who reads is in the way only for a moment, as when both open the database at once. */
const longestWait = 5000

export interface OpenDatabase {
  readonly database: DatabaseSync
  close(): void
}

/** For the only one who writes. @throws StoreLockedError, StoreOpenError */
export function openDatabase(path: string): OpenDatabase {
  return opening(path, (closers) => {
    const lock = lockDatabase(path)
    closers.push(lock)
    const database = new DatabaseSync(path, { timeout: longestWait })
    closers.push(database)
    prepareDatabase(database)
    return database
  })
}

/** Beside the one who writes, as it is at this moment and as long as it is open. @throws StoreLockedError, StoreOpenError */
export function openDatabaseAsItIs(path: string): OpenDatabase {
  return opening(path, (closers) => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: longestWait })
    closers.push(database)
    database.exec('BEGIN')
    assertReadable(database)
    return database
  })
}

/** Closes the last that was opened first: the lock goes when nobody uses the database any more. */
function opening(path: string, open: (closers: DatabaseSync[]) => DatabaseSync): OpenDatabase {
  const closers: DatabaseSync[] = []
  const close = (): void => {
    for (const each of closers.toReversed()) each.close()
  }
  try {
    return { database: open(closers), close }
  } catch (cause) {
    close()
    if (isBusy(cause)) throw new StoreLockedError(path, cause)
    throw new StoreOpenError(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === sqliteBusy
}
