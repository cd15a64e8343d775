/** Opens a database file and turns SQLite's ways of failing into our two: locked, or not usable. */
import { DatabaseSync } from 'node:sqlite'
import { StoreLockedError, StoreOpenError } from '../errors.ts'
import { prepareDatabase } from './schema.ts'

/** SQLite's primary result code for a file that somebody else has locked. */
const sqliteBusy = 5

/** @throws StoreLockedError, StoreOpenError */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    prepareDatabase(database)
    return database
  } catch (cause) {
    database?.close()
    if (isBusy(cause)) throw new StoreLockedError(path, cause)
    throw new StoreOpenError(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === sqliteBusy
}
