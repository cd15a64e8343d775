/** No answer, or only a part of one: the server can't be reached, or the connection to it broke. */
export type ConnectionProblem =
  | 'Refused'
  | 'Unresolved'
  | 'Unreachable'
  | 'Timeout'
  | 'Closed'
  | 'Certificate'
  | 'Protocol'
  | 'Other'

export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly problem: ConnectionProblem
  /** Base URL. */
  readonly server: string

  constructor(server: string, problem: ConnectionProblem, what: string, cause?: unknown) {
    super(`cannot talk to ${server}: ${what}`, { cause })
    this.problem = problem
    this.server = server
  }
}

/** Undefined when the error has nothing to do with the connection. */
export function toConnectionError(server: string, error: unknown): ConnectionError | undefined {
  if (error instanceof ConnectionError) return error
  const code = codeOf(error)
  if (code === undefined) return undefined
  const [problem, what] = describe(code, error)
  return new ConnectionError(server, problem, what, error)
}

const known: Readonly<Record<string, readonly [ConnectionProblem, string]>> = {
  ECONNREFUSED: ['Refused', 'connection refused; is the server running?'],
  ENOTFOUND: ['Unresolved', 'its name is not known'],
  EAI_AGAIN: ['Unresolved', 'its name can not be looked up'],
  EHOSTUNREACH: ['Unreachable', 'no route to the host'],
  ENETUNREACH: ['Unreachable', 'the network is unreachable'],
  ETIMEDOUT: ['Timeout', 'the connection timed out'],
  UND_ERR_CONNECT_TIMEOUT: ['Timeout', 'the connection timed out'],
  UND_ERR_HEADERS_TIMEOUT: ['Timeout', 'no answer in time'],
  UND_ERR_BODY_TIMEOUT: ['Timeout', 'the answer stopped half-way'],
  ECONNRESET: ['Closed', 'the connection was reset'],
  EPIPE: ['Closed', 'the connection was closed'],
  UND_ERR_SOCKET: ['Closed', 'the connection was closed'],
  UND_ERR_CLOSED: ['Closed', 'the client is closed'],
  UND_ERR_DESTROYED: ['Closed', 'the client is closed'],
  UND_ERR_ABORTED: ['Closed', 'the connection was closed'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['Certificate', 'its certificate is for another name'],
  CERT_HAS_EXPIRED: ['Certificate', 'its certificate has expired'],
  CERT_NOT_YET_VALID: ['Certificate', 'its certificate is not valid yet'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'Certificate',
    'its certificate is signed by an authority that is not trusted',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ['Certificate', 'its certificate is signed by an authority that is not trusted'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'Certificate',
    'its certificate is signed by an authority that is not trusted',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'Certificate',
    'its certificate is signed by an authority that is not trusted',
  ],
  CERT_SIGNATURE_FAILURE: ['Certificate', 'its certificate is signed by an authority that is not trusted'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['Protocol', 'it does not speak TLS; is http:// meant?'],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['Protocol', 'it does not speak TLS; is http:// meant?'],
}

function describe(code: string, error: unknown): readonly [ConnectionProblem, string] {
  if (Object.hasOwn(known, code)) return known[code] ?? ['Other', code]
  const message = error instanceof Error ? error.message.split('\n', 1)[0] : ''
  if (code.startsWith('HPE_')) return ['Protocol', 'it does not speak HTTP/1.1; is https:// meant?']
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return ['Protocol', `TLS failed: ${message}`]
  return ['Other', `${message} (${code})`]
}

/** Of the error, of one of those that it gathers (a name with several addresses), or of its cause. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const gathered =
    error instanceof AggregateError ? error.errors.map(codeOf).find((code) => code !== undefined) : undefined
  if (gathered !== undefined) return gathered
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}
