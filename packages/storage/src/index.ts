export {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  FutureRevisionError,
  NotFoundError,
  StoreClosedError,
  StoreIoError,
  StoreLockedError,
  StoreOpenError,
} from './errors.ts'
export type { Journal, JournalEntry, JournalRecord } from './journal/journal.ts'
export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts'
export { SqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.ts'
export type {
  ListOptions,
  ListResult,
  Store,
  StoredObject,
  StoreEvent,
  WatchOptions,
  WriteOptions,
} from './store.ts'
