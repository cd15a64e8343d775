/** Sets of HTTP requests as a person reads them. */
import type { HttpRequest } from '../model/flow.ts'

/**
 * `GET, HEAD /api/…; any method /health`: by path or by method, whichever says it in fewer words. `among`: all that are told apart, every
 * method with every path; what is said of all paths of these is said without them. Of more than `most` methods or paths it says how many.
 */
export function formatRequests(
  requests: readonly HttpRequest[],
  among: readonly HttpRequest[],
  most = Number.POSITIVE_INFINITY,
): string {
  if (requests.length === 0) return 'no request'
  if (requests.length === among.length) return 'every request'
  const byPath = setsBy(requests, pathOf, methodOf).map(({ keys, names }): Product => [names, keys])
  const byMethod = setsBy(requests, methodOf, pathOf).map(({ keys, names }): Product => [keys, names])
  return textOf(byMethod.length < byPath.length ? byMethod : byPath, among, most)
}

const methodOf: Name = ({ method }) => method
const pathOf: Name = ({ path = '' }) => path

type Name = (request: HttpRequest) => string

/** Keys of which the names are the same, together. */
function setsBy(
  requests: readonly HttpRequest[],
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

function textOf(products: readonly Product[], among: readonly HttpRequest[], most: number): string {
  const [allMethods, allPaths] = [countOf(among, 'method'), countOf(among, 'path')]
  const texts = products.map(([methods, paths]) => {
    const method = methods.length === allMethods ? 'any method' : listed(methods, ', ', most)
    return paths.length === allPaths ? method : `${method} ${listed(paths, ', ', most)}`
  })
  return listed(texts, '; ', most)
}

/** As ends of connections are listed: one more is not worth a number. */
function listed(names: readonly string[], separator: string, most: number): string {
  const rest = names.length - most
  return rest <= 1 ? names.join(separator) : `${names.slice(0, most).join(separator)} and ${rest} more`
}

function countOf(requests: readonly HttpRequest[], field: keyof HttpRequest): number {
  return new Set(requests.map((it) => it[field])).size
}
