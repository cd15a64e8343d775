/**
 * A request of the HTTP form ▶ Check. The request in question is the one that arrives: its method, its path behind the
 * prefix, its headers. Who asks whom stands in headers that only the proxy sets:
 *
 * x-margay-source        IP:PORT
 * x-margay-destination   IP:PORT, or what the context extension `margay.destination` says: NAMESPACE/POD, service/NAMESPACE/NAME
 * x-margay-principal     the peer's URI, where the proxy verified its certificate
 *
 * One that comes twice is refused: a client's may be among them.
 */
import type { Check, HttpAttributes, Peer } from '../../check/check.ts'
import { limits } from '../../codec/limits.ts'
import { RefusedCheckError } from '../../codec/refused-check-error.ts'
import { parseSocket } from './parse-socket.ts'

export interface RequestLine {
  readonly method: string
  /** As it was sent. */
  readonly target: string
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[]
}

export interface ReadingOptions {
  /** What the proxy puts before each path; empty, or begins with a slash and does not end with one. */
  readonly pathPrefix: string
  /** The request in question is told by x-forwarded-method, -uri and -host, as nginx and Traefik do it; path and prefix don't count. */
  readonly isForwardAuth: boolean
}

/** @throws RefusedCheckError */
export function readRequest(line: RequestLine, options: ReadingOptions): Check {
  const headers = readHeaders(line.rawHeaders)
  const [source, destination, principal] = [sourceHeader, destinationHeader, principalHeader].map((name) =>
    take(headers, name),
  )
  const http = options.isForwardAuth ? forwarded(headers) : direct(line, headers, options.pathPrefix)
  if (Buffer.byteLength(http.path) > limits.pathBytes) throw new RefusedCheckError('PathTooLong')
  return {
    source: { socket: source === undefined ? undefined : parseSocket(source), principal: principal ?? '' },
    ...readDestination(destination),
    http,
    metadata: new Map(),
  }
}

const sourceHeader = 'x-margay-source'
const destinationHeader = 'x-margay-destination'
const principalHeader = 'x-margay-principal'
const forwardedMethod = 'x-forwarded-method'
const forwardedUri = 'x-forwarded-uri'
const forwardedHost = 'x-forwarded-host'

/** Of these a second one is a sign of forgery, and refused. */
const single = new Set([sourceHeader, destinationHeader, principalHeader])
const singleWhereForwarded = new Set([forwardedMethod, forwardedUri, forwardedHost])

interface Headers {
  readonly byName: Map<string, string>
  readonly doubled: Set<string>
}

function readHeaders(rawHeaders: readonly string[]): Headers {
  if (rawHeaders.length > 2 * limits.headers) throw new RefusedCheckError('TooManyHeaders')
  const headers: Headers = { byName: new Map(), doubled: new Set() }
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '']
    const before = headers.byName.get(name)
    if (before !== undefined) headers.doubled.add(name)
    headers.byName.set(name, before === undefined ? value : `${before},${value}`)
  }
  return headers
}

/** What is the proxy's word is none of the request's headers. */
function take({ byName, doubled }: Headers, name: string): string | undefined {
  if ((single.has(name) || singleWhereForwarded.has(name)) && doubled.has(name)) {
    throw new RefusedCheckError('DoubledAttribute')
  }
  const value = byName.get(name)
  byName.delete(name)
  return value
}

function readDestination(text: string | undefined): {
  readonly destination: Peer
  readonly contextExtensions: ReadonlyMap<string, string>
} {
  const none = { destination: { socket: undefined, principal: '' }, contextExtensions: new Map() }
  if (text === undefined) return none
  if (text.includes('/')) return { ...none, contextExtensions: new Map([['margay.destination', text]]) }
  return { ...none, destination: { socket: parseSocket(text), principal: '' } }
}

function direct({ method, target }: RequestLine, headers: Headers, prefix: string): HttpAttributes {
  return {
    method,
    path: pathBehind(prefix, target),
    host: headers.byName.get('host') ?? '',
    headers: headers.byName,
  }
}

/** `/authz` is before `/authz/a`, `/authz?a` and `/authz`, and not before `/authzed`. */
function pathBehind(prefix: string, target: string): string {
  if (prefix === '') return target
  const rest = target.slice(prefix.length)
  if (!target.startsWith(prefix) || !/^([/?#]|$)/.test(rest)) throw new RefusedCheckError('OutsidePrefix')
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** The Host header is ours then, not that of the request in question. */
function forwarded(headers: Headers): HttpAttributes {
  const [method, path, host] = [forwardedMethod, forwardedUri, forwardedHost].map((name) =>
    take(headers, name),
  )
  if (method === undefined || path === undefined) throw new RefusedCheckError('MissingAttribute')
  headers.byName.delete('host')
  return { method, path, host: host ?? '', headers: headers.byName }
}
