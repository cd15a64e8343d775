/** Sets of HTTP requests as a person reads them. */
import { formatHeaders } from './format-headers.ts'
import type { RequestPart } from './request-parts.ts'

/**
 * `GET, HEAD /api/…; any method /health with X-Role: admin`: by path or by method, whichever says it in fewer words. `among`: all that are told
 * apart, every method with every path; what is said of all paths of these is said without them. Of more than `most` methods or paths it
 * says how many.
 */
export function formatRequests(
  requests: readonly RequestPart[],
  among: readonly RequestPart[],
  most = Number.POSITIVE_INFINITY,
): string {
  if (requests.length === 0) return 'no request'
  const byHeaders = [...Map.groupBy(requests, ({ headers }) => formatHeaders(headers))]
  const texts = byHeaders.flatMap(([headers, those]) => {
    if (those.length === among.length) return [headers === '' ? 'every request' : `every request ${headers}`]
    return fewest(those).map((it) => `${textOf(it, among, most)} ${headers}`.trimEnd())
  })
  return listed(texts, '; ', most)
}

const methodOf: Name = ({ method }) => method
/** A path that can't be normalised is no name of one: it comes up only where all paths are meant, or it alone is not. */
const pathOf: Name = ({ path }) => path ?? '(malformed path)'

type Name = (request: RequestPart) => string

function fewest(requests: readonly RequestPart[]): Product[] {
  const byPath = setsBy(requests, pathOf, methodOf).map(({ keys, names }): Product => [names, keys])
  const byMethod = setsBy(requests, methodOf, pathOf).map(({ keys, names }): Product => [keys, names])
  return byMethod.length < byPath.length ? byMethod : byPath
}

/** Keys of which the names are the same, together. */
function setsBy(
  requests: readonly RequestPart[],
  key: Name,
  name: Name,
): { readonly keys: readonly string[]; readonly names: readonly string[] }[] {
  const namesByKey = [...Map.groupBy(requests, key)].map(
    ([it, those]) => [it, those.map(name).sort()] as const,
  )
  return [...Map.groupBy(namesByKey, ([, names]) => names.join(' ')).values()].map((alike) => ({
    keys: alike.map(([it]) => it),
    names: alike[0]?.[1] ?? [],
  }))
}

type Product = readonly [methods: readonly string[], paths: readonly string[]]

function textOf([methods, paths]: Product, among: readonly RequestPart[], most: number): string {
  const method = methods.length === countOf(among, methodOf) ? 'any method' : listed(methods, ', ', most)
  return paths.length === countOf(among, pathOf) ? method : `${method} ${listed(paths, ', ', most)}`
}

/** As ends of connections are listed: one more is not worth a number. */
function listed(names: readonly string[], separator: string, most: number): string {
  const rest = names.length - most
  return rest <= 1 ? names.join(separator) : `${names.slice(0, most).join(separator)} and ${rest} more`
}

function countOf(requests: readonly RequestPart[], name: Name): number {
  return new Set(requests.map(name)).size
}
