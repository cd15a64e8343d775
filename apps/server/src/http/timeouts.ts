/** How long a client may take over what it could do at once, so that slow ones can't hold what others need. */
export interface Timeouts {
  readonly handshakeMs: number
  /** From the connection, or the end of the request before, to the end of the headers. HTTP/1.1. */
  readonly headersMs: number
  /** From the headers to the end of the body. */
  readonly bodyMs: number
  /** From an answer, or a piece of a large one, until the client has taken it. Watches have a patience of their own. */
  readonly answerMs: number
  /** On the average, a large answer has to be taken this fast. */
  readonly answerBytesPerMs: number
  /** An HTTP/2 connection on which nothing goes on. */
  readonly idleMs: number
  /** The same, while nobody has proved on it who he is. */
  readonly unprovenIdleMs: number
}

export const defaultTimeouts: Timeouts = {
  handshakeMs: 10_000,
  headersMs: 15_000,
  bodyMs: 30_000,
  answerMs: 30_000,
  answerBytesPerMs: 256,
  idleMs: 120_000,
  unprovenIdleMs: 10_000,
}
