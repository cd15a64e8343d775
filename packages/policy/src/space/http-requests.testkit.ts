/** What tests of request classes have in common: what rules ask of requests, and requests that come near to that. */
import fc from 'fast-check'
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpRequest } from '../model/flow.ts'
import type { HttpHeaderMatch, HttpMatch } from '../model/rule.ts'
import type { HeaderPart, RequestPart } from './request-parts.ts'

const segments = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 3 })
const pathMatch = fc.oneof(
  segments.map((list) => ({ kind: 'Exact' as const, path: `/${list.join('/')}` })),
  segments.map((list) => ({ kind: 'Prefix' as const, path: list.map((it) => `/${it}`).join('') })),
)
const methods = fc.constantFrom('GET', 'PUT', 'POST')
const names = fc.constantFrom('x-role', 'x-team', 'host')
const listed = fc.constantFrom('a', 'b', 'c', 'a,b', 'a, c', '')
const values = fc.uniqueArray(listed, { minLength: 1, maxLength: 3 })

const headerMatch: fc.Arbitrary<HttpHeaderMatch> = fc.oneof(
  fc.record({ name: names, operator: fc.constantFrom('In', 'NotIn'), values }),
  fc.record({ name: names, operator: fc.constantFrom('Exists', 'DoesNotExist'), values: fc.constant([]) }),
)

export const anyHttpMatch: fc.Arbitrary<HttpMatch> = fc.record({
  methods: fc.option(fc.array(fc.oneof(methods, fc.constant('*')), { minLength: 1, maxLength: 2 }), {
    nil: undefined,
  }),
  paths: fc.option(fc.array(pathMatch, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  headers: fc.option(fc.array(headerMatch, { minLength: 1, maxLength: 3 }), { nil: undefined }),
})

/** Also doubled fields, with spaces, and what no rule lists. */
const sent = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd', '', ' a', 'aa'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join())

export const anyRequest: fc.Arbitrary<HttpRequest> = fc
  .record({
    method: methods,
    path: fc.option(
      segments.map((list) => `/${list.join('/')}`),
      { nil: undefined, freq: 8 },
    ),
    headers: fc.dictionary(names, sent, { maxKeys: 3 }),
  })
  .map(({ headers, ...request }) => ({ ...request, headers: new Map(Object.entries(headers)) }))

/** Which of these match it: equal for requests that they don't tell apart. */
export function signatureOf(request: HttpRequest, matches: readonly HttpMatch[]): string {
  return matches.map((match) => (matchesHttp(match, request) ? '1' : '0')).join('')
}

/** Those of the parts that a request is in, by names alone. `among`: all methods with all paths that are told apart. */
export function partsWith(
  request: HttpRequest,
  parts: readonly RequestPart[],
  among: readonly RequestPart[],
): RequestPart[] {
  const base = baseOf(request, among)
  return parts.filter((it) => holds(it, request, base))
}

/** The method and path by which it is named. */
function baseOf({ method, path }: HttpRequest, parts: readonly RequestPart[]): string {
  const [methods, paths] = [new Set(parts.map((it) => it.method)), new Set(parts.map((it) => it.path))]
  const above = path?.split('/').map((_, i, all) => `${all.slice(0, all.length - i).join('/')}/…`) ?? []
  const own = path === undefined ? [undefined, '/…'] : [path, ...(path === '/' ? ['/…'] : above)]
  return `${methods.has(method) ? method : '…'} ${own.find((it) => paths.has(it))}`
}

function holds({ method, path, headers }: RequestPart, request: HttpRequest, base: string): boolean {
  return `${method} ${path}` === base && headers.every((it) => isSo(it, request.headers?.get(it.name)))
}

/** By the names of values alone. */
function isSo({ allowed, others }: HeaderPart, value: string | undefined): boolean {
  if (value === undefined) return allowed.isAbsent
  const all = [...allowed.values, ...others.values]
  const name = all.find((it) => it === value.trim()) ?? nameOfList(value, all)
  if (name === undefined) throw new RangeError(`no name for ${JSON.stringify(value)}`)
  return allowed.values.includes(name)
}

/** Of those that have it by parts, the one that names the most. */
function nameOfList(value: string, names: readonly string[]): string | undefined {
  const parts = value.split(',').map((it) => it.trim())
  const fitting = names.filter((name) => {
    if (!name.endsWith('…')) return false
    const needed = name === '…' ? [] : name.slice(0, -2).split(',')
    return needed.every((choice) => choice.split('|').some((it) => parts.includes(it)))
  })
  return fitting.sort((one, other) => other.split(',').length - one.split(',').length)[0]
}
