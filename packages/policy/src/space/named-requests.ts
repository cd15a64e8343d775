/** Requests by what rules name of methods and paths, without headers. */
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch, HttpPathMatch } from '../model/rule.ts'

/** Stands for what no rule names. */
const other = '…'
/** The more usual, the better. */
const usualMethods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'OTHER']

/** Those of which the methods and paths of the same rules are, together: a number is the position of a rule's match. */
export interface NamedRequests {
  readonly requests: readonly HttpRequest[]
  /** Ascending. */
  readonly matching: readonly number[]
}

/**
 * Every method with every path that a rule names, and with `…` for all others, and with a path that can't be normalised, where a rule asks for
 * paths. Of paths, `/a/…` is all that is below `/a` and has no name of its own.
 */
export function namedRequests(matches: readonly HttpMatch[]): NamedRequests[] {
  const methods = methodsOf(matches)
  const paths = [...pathsOf(matches)].map((path) => ({ path, asked: withPath(matches, path) }))
  const groups = new Map<string, { requests: HttpRequest[]; matching: readonly number[] }>()
  for (const method of methods) {
    for (const { path, asked } of paths) {
      const matching = asked.filter((number) => hasMethod(matches[number] as HttpMatch, method))
      const key = matching.join()
      const known = groups.get(key)
      if (known === undefined) groups.set(key, { requests: [{ method, path }], matching })
      else known.requests.push({ method, path })
    }
  }
  return [...groups.values()]
}

/** One that the same rules match, and that somebody could send as it stands: with as few `…` as there can be. */
export function exampleOf(request: HttpRequest, matches: readonly HttpMatch[]): HttpRequest {
  const named = matches.map((match) => ({ ...match, headers: undefined }))
  const signature = signatureOf(request, named)
  const methods = [...usualMethods, request.method]
  const all = methods.flatMap((method) =>
    sendablePaths(request.path).map((path) => ({ ...request, method, path })),
  )
  return all.find((it) => signatureOf(it, named) === signature) ?? request
}

function sendablePaths(path: string | undefined): (string | undefined)[] {
  if (path === undefined || !path.endsWith(`/${other}`)) return [path]
  const above = path.slice(0, -other.length)
  return [above.replace(/(?<=.)\/$/, ''), `${above}other`, path]
}

function signatureOf(request: HttpRequest, matches: readonly HttpMatch[]): string {
  return matches.map((match) => (matchesHttp(match, request) ? '1' : '0')).join('')
}

/** The numbers of those that it is one of, whatever the method. */
function withPath(matches: readonly HttpMatch[], path: string | undefined): number[] {
  const asked = { method: other, path }
  return matches.flatMap(({ paths }, number) =>
    matchesHttp({ methods: undefined, paths, headers: undefined }, asked) ? [number] : [],
  )
}

function hasMethod({ methods }: HttpMatch, method: string): boolean {
  return matchesHttp({ methods, paths: undefined, headers: undefined }, { method, path: '/' })
}

function methodsOf(matches: readonly HttpMatch[]): Set<string> {
  const named = matches.flatMap(({ methods }) => methods ?? []).filter((method) => method !== '*')
  return new Set([...named, unnamed(new Set(named), other)])
}

/**
 * Each exact path, one below each prefix, and one that is below none: the longest prefix that matches says which others do. Undefined is one
 * that can't be normalised, which matters only where paths do.
 */
function pathsOf(matches: readonly HttpMatch[]): Set<string | undefined> {
  const all = matches.flatMap(({ paths }) => paths ?? [])
  const named = new Set(all.map(({ path }) => path))
  const prefixes = all.filter(({ kind }) => kind === 'Prefix')
  return new Set([
    ...all.filter(({ kind }) => kind === 'Exact').map(({ path }) => path),
    ...[...prefixes, root].map(({ path }) => unnamed(named, `${path}/${other}`)),
    ...(all.length > 0 ? [undefined] : []),
  ])
}

const root: HttpPathMatch = { kind: 'Prefix', path: '' }

/** Also where a rule names just what stands for all others. */
function unnamed(named: ReadonlySet<string>, text: string): string {
  return named.has(text) ? unnamed(named, `${text}${other}`) : text
}
