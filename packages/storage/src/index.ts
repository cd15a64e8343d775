export { backup } from './backup/backup.ts'
export { BackupDamagedError, BackupFormatError, StoreNotEmptyError } from './backup/errors.ts'
export { type RestoreResult, restore } from './backup/restore.ts'
export {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  FutureRevisionError,
  NotFoundError,
  PreconditionError,
  RequestTooLargeError,
  StoreClosedError,
  StoreIoError,
  StoreLockedError,
  StoreOpenError,
  StorePermissionError,
  StoreUnreachableError,
} from './errors.ts'
export type { EtcdTls } from './etcd/channel.ts'
export type { EtcdStoreOptions } from './etcd/etcd-store.ts'
export { openEtcdStore } from './etcd/open-etcd-store.ts'
export type { EtcdLogin } from './etcd/session.ts'
export type { Journal, JournalEntry, JournalRecord } from './journal/journal.ts'
export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts'
export { SqliteSnapshot } from './sqlite/sqlite-snapshot.ts'
export { SqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.ts'
export type {
  BackupSource,
  ListOptions,
  ListResult,
  Precondition,
  Store,
  StoredObject,
  StoreEvent,
  WatchOptions,
  WriteOptions,
} from './store.ts'
