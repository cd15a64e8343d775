/** What the server needs of the outside world, handed in by main.ts or a test. */
import type { Store } from '@margay/storage'
import type { WriteJudge } from './admission/assertions/judgement.ts'
import type { WriteLock } from './rest/write-lock.ts'

export interface Clock {
  now(): Date
  /** Calls once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

export interface Random {
  /** A version 4 UUID in canonical text form. */
  uuid(): string
  bytes(count: number): Uint8Array
}

export interface Log {
  info(message: string): void
  error(message: string, cause?: unknown): void
}

/** Everything a request handler works with. */
export interface Environment {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly writes: WriteLock
  readonly assertions: WriteJudge
}
