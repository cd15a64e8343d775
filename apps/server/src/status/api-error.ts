/**
 * Every way in which a request can fail, as the Status object that the client gets.
 *
 * Source  Kubernetes API conventions, "Response status kind"; codes and reasons as kube-apiserver gives them.
 */
import type { Issue, KindDefinition } from '@margay/resources'

export interface StatusCause {
  readonly reason: string
  readonly message: string
  /** The field's path, as in `spec.ingress[0].action`. */
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  /** The plural resource name in most answers, the kind in those to invalid objects. */
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
  readonly code?: number
}

type Headers = Readonly<Record<string, string | readonly string[]>>

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status code. */
  readonly code: number
  /** The machine-readable reason, as in `NotFound`. */
  readonly reason: string
  readonly details: StatusDetails | undefined
  /** Further response headers, as `Allow` of a 405. */
  readonly headers: Headers

  constructor(
    code: number,
    reason: string,
    message: string,
    more: { details?: StatusDetails; headers?: Headers; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.code = code
    this.reason = reason
    this.details = more.details
    this.headers = more.headers ?? {}
  }

  /** The same with more headers. */
  with(headers: Headers): ApiError {
    const { code, reason, message, details, cause } = this
    const more = { headers: { ...this.headers, ...headers }, cause }
    return new ApiError(code, reason, message, details === undefined ? more : { ...more, details })
  }

  toStatus(): Status {
    const { message, reason, code, details } = this
    const failure = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
    } as const
    return details === undefined ? { ...failure, code } : { ...failure, details, code }
  }
}

export function badRequest(message: string, causes?: readonly StatusCause[]): ApiError {
  return new ApiError(400, 'BadRequest', message, causes === undefined ? {} : { details: { causes } })
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized')
}

export function forbiddenRequest(message: string): ApiError {
  return new ApiError(403, 'Forbidden', message, { details: {} })
}

export function forbidden(
  kind: KindDefinition,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiError {
  const details = { ...nameOf(kind, name), ...(causes === undefined ? {} : { causes }) }
  return new ApiError(403, 'Forbidden', `${qualified(kind)} "${name}" is forbidden: ${why}`, { details })
}

export function notFound(kind: KindDefinition, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, {
    details: nameOf(kind, name),
  })
}

export function noSuchPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', { details: {} })
}

export function methodNotAllowed(allowed: readonly string[]): ApiError {
  return new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {
      details: {},
      headers: { allow: allowed.join(', ') },
    },
  )
}

export function notAcceptable(produced: readonly string[]): ApiError {
  return new ApiError(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${produced.join(', ')}`,
  )
}

export function alreadyExists(kind: KindDefinition, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, {
    details: nameOf(kind, name),
  })
}

export function conflict(kind: KindDefinition, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`
  return new ApiError(409, 'Conflict', message, { details: nameOf(kind, name) })
}

export function modifiedMeanwhile(kind: KindDefinition, name: string): ApiError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again'
  return conflict(kind, name, why)
}

/** 410: the history that the request needs is gone, and the client should list again. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message)
}

/** The client may come again after a second. Source: kube-apiserver, `NewTooManyRequests`. */
export function tooManyRequests(): ApiError {
  return new ApiError(429, 'TooManyRequests', 'Too many requests, please try again later.', {
    details: { retryAfterSeconds: 1 },
    headers: { 'Retry-After': '1' },
  })
}

export function bodyTooLarge(limitBytes: number): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes} bytes`)
}

export function bodyTooSlow(limitMs: number): ApiError {
  return new ApiError(
    408,
    'Timeout',
    `the body of the request did not arrive within ${limitMs / 1000} seconds`,
  )
}

export function unsupportedEncoding(encoding: string): ApiError {
  const message = `the body of the request has the encoding "${encoding}"; send it as it is, without Content-Encoding`
  return new ApiError(415, 'UnsupportedMediaType', message)
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`
  return new ApiError(415, 'UnsupportedMediaType', message)
}

/** More are of no use to anybody, and a body of megabytes may have a million. */
export const maxCauses = 100

/** 422 for options of a request that can't be met. `kind` is that of the options, as in `ListOptions`. */
export function invalidOptions(kind: string, issues: readonly Issue[]): ApiError {
  return invalid({ group: 'meta.k8s.io', kind }, '', issues)
}

/** 422 with one cause for each issue, up to a limit. */
export function invalid(
  kind: Pick<KindDefinition, 'group' | 'kind'>,
  name: string,
  issues: readonly Issue[],
): ApiError {
  const causes = issues.slice(0, maxCauses).map(causeOf)
  const listed = causes.map(({ field, message }) => (field === undefined ? message : `${field}: ${message}`))
  if (issues.length > maxCauses) listed.push(`and ${issues.length - maxCauses} more`)
  const text = listed.length === 1 ? listed[0] : `[${listed.join(', ')}]`
  const kindName = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new ApiError(422, 'Invalid', `${kindName} "${name}" is invalid: ${text}`, {
    details: { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.kind, causes },
  })
}

/** 422 for a patch that can't be applied to what is there. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, 'Invalid', message)
}

/** 504: the client names a state that this server has not reached. */
export function resourceVersionTooLarge(requested: bigint, current: bigint): ApiError {
  const message = `Too large resource version: ${requested}, current: ${current}`
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
  return new ApiError(504, 'Timeout', `Timeout: ${message}`, { details: { causes, retryAfterSeconds: 1 } })
}

export function unavailable(message: string, cause?: unknown): ApiError {
  return new ApiError(503, 'ServiceUnavailable', `${message}; please retry`, {
    details: { retryAfterSeconds: 1 },
    headers: { 'Retry-After': '1' },
    cause,
  })
}

export function internalError(message: string, cause: unknown): ApiError {
  const causes = [{ reason: 'InternalError', message }]
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, {
    details: { causes },
    cause,
  })
}

export function causeOf(issue: Issue): StatusCause {
  const { reason, message, path } = issue
  return path === '' ? { reason, message } : { reason, message, field: path }
}

/** `tiers.projectcalico.org`, and plain `pods` in the core group. */
export function qualified(kind: KindDefinition): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
}

function nameOf(kind: KindDefinition, name: string): StatusDetails {
  return { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural }
}
