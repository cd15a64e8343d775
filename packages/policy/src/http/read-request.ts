/** The one way in for HTTP requests: whoever asks about one, it is compared in the same spelling. */
import type { HttpRequest } from '../model/flow.ts'
import { canonicalHost } from './canonical-host.ts'
import { normalizePath } from './normalize-path.ts'

/** A request as it came. */
export interface RawRequest {
  readonly method: string
  /** The request's target: with its query, if it has one. */
  readonly path: string
  /** Instead of a header of this name: the `:authority` of HTTP/2, or what `Host` said. */
  readonly host?: string | undefined
  /** In the order of the request; names in any case, also more than once. Looked at when a rule first asks for a header. */
  readonly headers?: Iterable<readonly [name: string, value: string]> | undefined
}

export function readRequest(raw: RawRequest): HttpRequest {
  let headers: ReadonlyMap<string, string> | undefined
  return {
    method: raw.method,
    path: normalizePath(raw.path),
    get headers() {
      headers ??= headersOf(raw)
      return headers.size > 0 ? headers : undefined
    },
  }
}

function headersOf({ host, headers = [] }: RawRequest): ReadonlyMap<string, string> {
  const read = readHeaders(headers)
  const named = host ?? read.get('host')
  if (named !== undefined) read.set('host', named.split(',').map(canonicalHost).join(','))
  return read
}

/** Fields of one name are one list. Pseudo-headers are no headers. Source: RFC 9110, 5.2 and 5.3; RFC 9113, 8.3. */
function readHeaders(headers: Iterable<readonly [string, string]>): Map<string, string> {
  const read = new Map<string, string>()
  for (const [rawName, rawValue] of headers) {
    if (rawName.startsWith(':')) continue
    const [name, value] = [rawName.toLowerCase(), rawValue.trim()]
    const before = read.get(name)
    read.set(name, before === undefined ? value : `${before},${value}`)
  }
  return read
}
