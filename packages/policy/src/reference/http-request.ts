/** HTTP requests against what a rule asks of them, said a second time. Sources: spec/dataplane.md 8.2; headers are Margay's own. */
import type { HttpHeader, HttpMatch } from '@margay/resources'
import { readPath } from './http-path.ts'

/** As it came: nothing in it is normalised. */
export interface ReferenceRequest {
  readonly method: string
  readonly path: string
  /** Instead of a header of this name. */
  readonly host?: string | undefined
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
}

/** Undefined: may a connection be opened, for one request at least? */
export function isAsked(
  http: HttpMatch | undefined,
  sent: ReferenceRequest | 'NotHttp' | undefined,
): boolean {
  if (http === undefined || asksNothing(http)) return true
  if (sent === 'NotHttp') return false
  if (sent === undefined) return isPossible(http)
  const { methods = [], paths = [], headers = [] } = http
  return (
    (methods.length === 0 || methods.includes('*') || methods.includes(sent.method)) &&
    (paths.length === 0 || paths.some((path) => isBelow(sent.path, path))) &&
    headers.every((header) => holds(header, headerOf(header.header, sent)))
  )
}

function asksNothing({ methods = [], paths = [], headers = [] }: HttpMatch): boolean {
  return methods.length + paths.length + headers.length === 0
}

/** A prefix is a whole number of segments. */
function isBelow(asked: string, { exact = '', prefix = '' }: { exact?: string; prefix?: string }): boolean {
  const [segments, wanted] = [readPath(asked), readPath(exact === '' ? prefix : exact)]
  if (segments === undefined || wanted === undefined) return false
  if (exact !== '' && segments.length !== wanted.length) return false
  return wanted.every((segment, index) => segments[index] === segment)
}

/** Tries a value of each kind that the rule could tell apart: headers of other names have no part in it. */
function isPossible({ paths = [], headers = [] }: HttpMatch): boolean {
  const isPath = ({ exact = '', prefix = '' }) => readPath(exact === '' ? prefix : exact) !== undefined
  if (paths.length > 0 && !paths.some(isPath)) return false
  return headers.every(({ header: name }) => {
    const those = headers.filter(({ header }) => header.toLowerCase() === name.toLowerCase())
    const values = [undefined, 'no value that is named', ...those.flatMap((it) => it.values ?? [])]
    return values.some((value) => those.every((it) => holds(it, value && spelled(name, value))))
  })
}

function headerOf(name: string, { headers = [], host }: ReferenceRequest): string | undefined {
  const isHost = name.toLowerCase() === 'host'
  if (isHost && host !== undefined) return spelled(name, host)
  const fields = headers.filter(([it]) => it.toLowerCase() === name.toLowerCase())
  if (fields.length === 0) return undefined
  return fields.map(([, value]) => spelled(name, value)).join(',')
}

/** Hosts are the same in any case, with any port, and with a dot at their end. */
function spelled(name: string, value: string): string {
  if (name.toLowerCase() !== 'host') return value.trim()
  const [host = ''] = value.trim().toLowerCase().split(':')
  return host.endsWith('.') ? host.slice(0, -1) : host
}

function holds({ header, operator, values = [] }: HttpHeader, value: string | undefined): boolean {
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  const named = values.map((it) => spelled(header, it))
  if (operator === 'In') return value !== undefined && named.includes(value)
  const said = value === undefined ? [] : [value, ...value.split(',').map((it) => it.trim())]
  return !said.some((it) => named.includes(it))
}
