/** What a client in a pod is asked to do, and what it tells. */
import type { Lookup } from './messages.ts'

/** `c-ares`: as Node's own programs ask, with all that the library does by itself. `udp`, `tcp`: one message each way. */
export type AskBy = 'c-ares' | 'udp' | 'tcp'

export interface Question extends Lookup {
  /** An address; port 53. */
  readonly server: string
  readonly by: AskBy
  /** How long an answer may be over UDP, of questions by `udp`. */
  readonly payloadBytes?: number
}

export interface Resolved {
  readonly addresses: readonly string[]
  readonly records: number
  readonly isTruncated: boolean
  /** Why there is no answer, or none of use. */
  readonly error?: string
}

export interface FirstConnectionsTask {
  /** `#` in its name is replaced by the number of the turn. */
  readonly question: Question
  /** Questions, with a connection to the first address of each answer at once. */
  readonly count: number
  /** Turns that go on side by side. */
  readonly concurrency: number
  readonly port: number
  /** A connection that took longer has failed: the kernel sends a SYN again after 1 s. */
  readonly withinMs: number
}

export interface FirstConnections {
  readonly tried: number
  readonly connected: number
  /** There was an answer, and no connection in time. */
  readonly failed: number
  /** There was no answer, or none with an address. */
  readonly unresolved: number
  /** Different addresses that were connected to, or tried. */
  readonly addresses: number
  readonly seconds: number
  readonly resolveMs: Quantiles
  readonly connectMs: Quantiles
  /** The first of what went wrong, a line each. */
  readonly problems: readonly string[]
}

export interface Quantiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface AnswerTimesTask {
  /** By `udp`; `#` as above. */
  readonly question: Question
  readonly perSecond: number
  readonly seconds: number
}

export interface AnswerTimes {
  readonly sent: number
  /** Of answers, in the order in which they came. What got none is missing. */
  readonly milliseconds: readonly number[]
}

export type ClientTask =
  | { readonly kind: 'resolve'; readonly question: Question }
  | { readonly kind: 'connect'; readonly address: string; readonly port: number; readonly withinMs: number }
  | ({ readonly kind: 'first-connections' } & FirstConnectionsTask)
  | ({ readonly kind: 'answer-times' } & AnswerTimesTask)
