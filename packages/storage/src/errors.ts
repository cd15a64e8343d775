/** One class per cause; each carries what a caller needs to answer without reading the message. */
import type { Precondition } from './store.ts'

export class AlreadyExistsError extends Error {
  override readonly name = 'AlreadyExistsError'
  readonly key: string
  constructor(key: string) {
    super(`${key} already exists`)
    this.key = key
  }
}

export class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
  readonly key: string
  constructor(key: string) {
    super(`${key} not found`)
    this.key = key
  }
}

export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly key: string
  readonly expectedRevision: bigint
  readonly actualRevision: bigint
  constructor(key: string, expectedRevision: bigint, actualRevision: bigint) {
    super(`${key} is at revision ${actualRevision}, not at the expected ${expectedRevision}`)
    this.key = key
    this.expectedRevision = expectedRevision
    this.actualRevision = actualRevision
  }
}

/** Something else than the key itself, by which the write was decided, has changed meanwhile: read it and decide again. */
export class PreconditionError extends Error {
  override readonly name = 'PreconditionError'
  readonly precondition: Precondition
  constructor(precondition: Precondition) {
    const subject = 'key' in precondition ? precondition.key : precondition.collection
    super(`${subject} has changed since revision ${precondition.revision}, by which the write was decided`)
    this.precondition = precondition
  }
}

/** The history that the request needs is gone: list again. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  readonly requestedRevision: bigint
  /** The oldest revision that can still be listed at or watched from. */
  readonly compactedRevision: bigint
  constructor(requestedRevision: bigint, compactedRevision: bigint) {
    super(`revision ${requestedRevision} has been compacted; the oldest available is ${compactedRevision}`)
    this.requestedRevision = requestedRevision
    this.compactedRevision = compactedRevision
  }
}

/** The request names a revision that this store has not reached: it came from another store, or a lost one. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  readonly requestedRevision: bigint
  readonly currentRevision: bigint
  constructor(requestedRevision: bigint, currentRevision: bigint) {
    super(`revision ${requestedRevision} lies ahead of the current ${currentRevision}`)
    this.requestedRevision = requestedRevision
    this.currentRevision = currentRevision
  }
}

export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'
  constructor() {
    super('the store is closed')
  }
}

/** Another process (or another store in this one) has the database open. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError'
  readonly path: string
  constructor(path: string, cause: unknown) {
    super(`the database ${path} is in use by another process`, { cause })
    this.path = path
  }
}

/** The database can't be opened: no such directory, no permission, not a database, made by a newer version. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
  readonly path: string
  constructor(path: string, reason: string, cause?: unknown) {
    super(`cannot open the database ${path}: ${reason}`, { cause })
    this.path = path
  }
}

/** A read or write failed below us (disk full, I/O error); a failed write has left nothing behind. */
export class StoreIoError extends Error {
  override readonly name = 'StoreIoError'
  constructor(operation: string, cause: unknown) {
    super(`the store failed to ${operation}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** No member of etcd answered in time. Whether a write that failed so has happened is not known. */
export class StoreUnreachableError extends Error {
  override readonly name = 'StoreUnreachableError'
  readonly endpoints: readonly string[]
  constructor(endpoints: readonly string[], reason: string, cause: unknown) {
    super(`etcd at ${endpoints.join(', ')} does not answer: ${reason}`, { cause })
    this.endpoints = endpoints
  }
}

/** etcd answers, and refuses us: no or a wrong password, or a user whose role does not cover our keys. */
export class StorePermissionError extends Error {
  override readonly name = 'StorePermissionError'
  readonly endpoints: readonly string[]
  constructor(endpoints: readonly string[], operation: string, reason: string, cause: unknown) {
    super(`etcd at ${endpoints.join(', ')} does not let us ${operation}: ${reason}`, { cause })
    this.endpoints = endpoints
  }
}

/** The object is bigger than etcd takes (1.5 MiB, unless it is told otherwise). */
export class RequestTooLargeError extends Error {
  override readonly name = 'RequestTooLargeError'
  constructor(cause: unknown) {
    super('the object is too large for etcd, which takes 1.5 MiB by default (--max-request-bytes)', { cause })
  }
}
