/** How long a client may take over what it could do at once, so that slow ones can't hold what others need. */
export interface Timeouts {
  readonly handshakeMs: number
  /** From the connection, or the end of the request before, to the end of the headers. HTTP/1.1. */
  readonly headersMs: number
  /** From the headers to the end of the body. */
  readonly bodyMs: number
  /** An HTTP/2 connection on which nothing goes on. */
  readonly idleMs: number
}

export const defaultTimeouts: Timeouts = {
  handshakeMs: 10_000,
  headersMs: 15_000,
  bodyMs: 30_000,
  idleMs: 120_000,
}
