/** Time as far as an informer needs it; the real one is built where a program starts. */
export interface Clock {
  now(): Date
  /** Calls once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}
