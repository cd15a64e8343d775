/** Sets of HTTP requests as a person reads them. */
import { escapePath } from '../http/normalize-path.ts'
import { formatHeaders } from './format-headers.ts'
import type { RequestPart } from './request-parts.ts'

/**
 * `GET, HEAD /api/…; any method /health with X-Role: admin`: what is said of all paths is said without them, and may be among what is said
 * of all methods, too. `among`: all that are told apart, every method with every path. Of more than `most` methods or paths it says how many.
 */
export function formatRequests(
  requests: readonly RequestPart[],
  among: readonly RequestPart[],
  most = Number.POSITIVE_INFINITY,
): string {
  if (requests.length === 0) return 'no request'
  const anyway = requests.filter(({ headers }) => headers.length === 0)
  const byHeaders = [...Map.groupBy(requests, ({ headers }) => formatHeaders(headers))]
  const texts = byHeaders.flatMap(([headers, those]) =>
    productsOf(those, headers === '' ? [] : anyway, among).map((it) =>
      `${textOf(it, among, most)} ${headers}`.trimEnd(),
    ),
  )
  return listed(texts, '; ', most)
}

type Product = readonly [methods: readonly string[], paths: readonly string[]]

type Name = (request: RequestPart) => string

const methodOf: Name = ({ method }) => method
const pathOf: Name = ({ path }) => (path === undefined ? "paths that can't be normalised" : escapePath(path))

/** Methods of which all paths are meant, then paths of all methods, then the rest. `besides`: what is meant anyway, and may be said again. */
function productsOf(
  requests: readonly RequestPart[],
  besides: readonly RequestPart[],
  among: readonly RequestPart[],
): Product[] {
  const all: Product = [namesIn(among, methodOf), namesIn(among, pathOf)]
  const known = [...requests, ...besides]
  const methods = namesIn(requests, methodOf)
    .filter((it) => countOf(known, methodOf, it) === all[1].length)
    .sort()
  const paths = namesIn(requests, pathOf).filter((it) => countOf(known, pathOf, it) === all[0].length)
  if (methods.length === all[0].length || paths.length === all[1].length) return [all]
  const rest = requests.filter((it) => !methods.includes(it.method) && !paths.includes(pathOf(it)))
  return [
    ...(paths.length > 0 ? [[all[0], paths] as const] : []),
    ...(methods.length > 0 ? [[methods, all[1]] as const] : []),
    ...fewest(rest),
  ]
}

/** By path or by method, whichever says it in fewer words. */
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

function textOf([methods, paths]: Product, among: readonly RequestPart[], most: number): string {
  const [isAnyMethod, isAnyPath] = [
    methods.length === namesIn(among, methodOf).length,
    paths.length === namesIn(among, pathOf).length,
  ]
  if (isAnyMethod && isAnyPath) return 'every request'
  const method = isAnyMethod ? 'any method' : listed(methods, ', ', most)
  return isAnyPath ? method : `${method} ${listed(paths, ', ', most)}`
}

/** As ends of connections are listed: one more is not worth a number. */
function listed(names: readonly string[], separator: string, most: number): string {
  const rest = names.length - most
  return rest <= 1 ? names.join(separator) : `${names.slice(0, most).join(separator)} and ${rest} more`
}

function namesIn(requests: readonly RequestPart[], name: Name): string[] {
  return [...new Set(requests.map(name))]
}

function countOf(requests: readonly RequestPart[], name: Name, wanted: string): number {
  return requests.filter((it) => name(it) === wanted).length
}
