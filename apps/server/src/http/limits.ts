/** How much of the server clients may hold at once, so that some can't take what all need. */
export interface Limits {
  readonly connections: ConnectionLimits
  readonly requests: RequestLimits
  readonly bytes: ByteLimits
}

export interface ConnectionLimits {
  readonly total: number
  readonly perAddress: number
  /** Of those on which nobody has proved who he is yet; TLS handshakes under way are among them. */
  readonly unproven: number
  readonly unprovenPerAddress: number
}

/** Under way at the same time; watches do not count. */
export interface RequestLimits {
  readonly reading: number
  readonly mutating: number
}

/** In memory at the same time. */
export interface ByteLimits {
  readonly bodies: number
  /** Of answers that wait for their clients; small ones do not count. */
  readonly answers: number
}

const mebibyte = 1024 * 1024

/**
 * Connections  An agent has one for each kind that it watches and some for lists: about ten. So 5,000 agents fit, and no
 *              address, be it a node or a proxy, gets more than half. An idle one takes about 50 kB.
 * Requests     As kube-apiserver (--max-requests-inflight, --max-mutating-requests-inflight).
 * Bodies       Of the largest there may be, 21; of usual ones thousands. Parsed they take up to twenty times as much.
 * Answers      Ten lists of 15,000 pods. A larger one than there is room for passes alone.
 */
export const defaultLimits: Limits = {
  connections: { total: 60_000, perAddress: 30_000, unproven: 8000, unprovenPerAddress: 4000 },
  requests: { reading: 400, mutating: 200 },
  bytes: { bodies: 64 * mebibyte, answers: 256 * mebibyte },
}
