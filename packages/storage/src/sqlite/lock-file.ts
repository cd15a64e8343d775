/**
 * Keeps a database to one store at a time, while others may read it. The lock is one of the file system on a file of its own,
 * `DATABASE-lock`, held by SQLite, since Node has no call for it; it goes with the process, however that ends. The file stays.
 */
import { DatabaseSync } from 'node:sqlite'

/** Close it to give the database free. @throws SQLite's error; SQLITE_BUSY when somebody else has it */
export function lockDatabase(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}
