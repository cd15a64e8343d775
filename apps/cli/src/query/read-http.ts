/** An HTTP request, as a person writes it. */
import { type HttpRequest, readRequest } from '@margay/policy'
import { usageError } from '../errors.ts'
import type { Where } from './read-details.ts'

export interface HttpFields {
  /** `GET /path`: the target as it is sent. */
  readonly http: unknown
  /** `Name: value`, a list of these, or values by name; several of one name as a list. */
  readonly headers: unknown
}

type Header = readonly [name: string, value: string]

/** Read as a proxy's request is: the path is normalised, and one that can't be is judged as such. @throws CliError */
export function readHttp(
  { http, headers }: HttpFields,
  isTcp: boolean,
  where: Where,
): HttpRequest | undefined {
  const fields = readHeaders(headers, where('headers'))
  if (http === undefined) {
    if (fields.length === 0) return undefined
    throw usageError(`${where('headers')}: headers are those of a request; say which, with ${where('http')}`)
  }
  const [, method, path] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ \n\r]+)$/.exec(String(http)) ?? []
  if (method === undefined || path === undefined)
    throw usageError(`${where('http')}: must be a method and a path, as "GET /api", not "${http}"`)
  if (!isTcp) throw usageError(`${where('http')}: HTTP runs over TCP`)
  return readRequest({ method, path, headers: fields })
}

function readHeaders(headers: unknown, where: string): Header[] {
  if (headers === undefined) return []
  if (Array.isArray(headers)) return headers.map((line: unknown) => readLine(line, where))
  if (typeof headers !== 'object' || headers === null)
    throw usageError(`${where}: must be values by name, such as {"x-team": "a"}`)
  return Object.entries(headers).flatMap(([name, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).map((it: unknown) => checkedHeader(name, it, where)),
  )
}

function readLine(line: unknown, where: string): Header {
  const text = String(line)
  const at = text.indexOf(':')
  if (at < 1) throw usageError(`${where}: must be a name and a value, as "X-Team: a", not "${text}"`)
  return checkedHeader(text.slice(0, at), text.slice(at + 1), where)
}

/** Source: RFC 9110, 5.1 and 5.5. */
function checkedHeader(name: string, value: unknown, where: string): Header {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    throw usageError(`${where}: "${name}" is no name of a header`)
  if (typeof value !== 'string' || /[\0\n\r]/.test(value))
    throw usageError(`${where}: the value of ${name} must be a text of one line`)
  return [name, value]
}

/** For scripts; a path that can't be normalised is null. */
export function requestToPlain({ method, path, headers }: HttpRequest): object {
  return {
    method,
    path: path ?? null,
    ...(headers !== undefined && { headers: Object.fromEntries(headers) }),
  }
}

/** What a person should know who asked about it. */
export function noteOf(http: HttpRequest | undefined): string {
  if (http === undefined || http.path !== undefined) return ''
  return `note: the path of this ${http.method} can not be normalised, so no rule that asks for paths matches it\n`
}
