/**
 * The server answered that a request failed.
 *
 * Source  Kubernetes API conventions, "Response status kind".
 */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  /** The path of a field, as in `spec.ingress[0].action`. */
  readonly field?: string
}

/** `message` is the server's, in one line. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status code, or the `code` of a Status in a watch. */
  readonly status: number
  /** Machine-readable, as `NotFound`; empty if the server gave none. */
  readonly reason: string
  readonly details: StatusDetails

  constructor(status: number, reason: string, message: string, details: StatusDetails = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.details = details
  }
}

export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404
}

/** Whoever asks may not do that. */
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 403
}

/** Somebody else changed the object in between. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists'
}

export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists'
}

/** The history that the request needs is no longer there: list again. */
export function isGone(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false
  return error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone'
}

/** The server is behind the state that the client knows, as after a restore of its data: list again. */
export function isResourceVersionTooLarge(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false
  const { causes = [] } = error.details
  return (
    causes.some(({ reason }) => reason === 'ResourceVersionTooLarge') ||
    error.message.includes('Too large resource version')
  )
}

/** From the body of a failed request: a Status, or whatever a proxy in between has put there. */
export function toApiError(httpStatus: number, body: string): ApiError {
  const status = parseStatus(body)
  if (status !== undefined) return statusToApiError(status, httpStatus)
  const text = body.trim().split('\n', 1)[0]?.slice(0, 200) ?? ''
  return new ApiError(httpStatus, '', `the server answered ${httpStatus}${text === '' ? '' : `: ${text}`}`)
}

/** `code` is used where the Status has none. */
export function statusToApiError(status: object, code: number): ApiError {
  const { message, reason, details, code: own } = status as Readonly<Record<string, unknown>>
  const number = typeof own === 'number' ? own : code
  const line =
    typeof message === 'string' && message !== '' ? oneLine(message) : `the server answered ${number}`
  const known = typeof details === 'object' && details !== null ? (details as StatusDetails) : {}
  return new ApiError(number, typeof reason === 'string' ? reason : '', line, known)
}

function parseStatus(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
      ? value
      : undefined
  } catch {
    return undefined
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, '; ')
}
