/** HTTP requests, divided by the rules that can tell them apart: what is true of one of a class is true of all. */
import { matchesHttp } from '../evaluate/match-http.ts'
import { httpMatchKey } from '../http/match-key.ts'
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch, HttpPathMatch } from '../model/rule.ts'

/** Stands for what no rule names. */
const other = '…'
/** The more usual, the better. */
const usualMethods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'OTHER']

/**
 * Every method with every path that a rule names, and with `…` for all others, sorted by what rules make of them. Of paths, `/a/…` is all that
 * is below `/a` and has no name of its own. None where no rule asks.
 */
export function requestClasses(matches: readonly HttpMatch[]): HttpRequest[][] {
  if (matches.length === 0) return []
  const paths = pathsOf(matches)
  const requests = [...methodsOf(matches)].flatMap((method) => [...paths].map((path) => ({ method, path })))
  const all = new HttpMatches(matches)
  return [...Map.groupBy(requests, (request) => all.matching(request).join()).values()]
}

/** What rules ask for, each once and with a number. */
export class HttpMatches {
  readonly #all: HttpMatch[] = []
  readonly #numbers = new Map<string, number>()
  /** Of each path that was asked about: those that it is one of, whatever the method. */
  readonly #byPath = new Map<string, readonly number[]>()

  constructor(matches: readonly HttpMatch[]) {
    for (const match of matches) {
      const text = httpMatchKey(match)
      if (!this.#numbers.has(text)) this.#numbers.set(text, this.#all.push(match) - 1)
    }
  }

  /** Equal for those that ask for the same; undefined for one that is not among them. */
  numberOf(match: HttpMatch): number | undefined {
    return this.#numbers.get(httpMatchKey(match))
  }

  /** The numbers of those that a request is one of, ascending. Cost: O(those that its path is one of), for a path that is known. */
  matching(request: HttpRequest): number[] {
    return this.#withPath(request).filter((number) => {
      const { methods } = this.#all[number] as HttpMatch
      return matchesHttp({ methods, paths: undefined, headers: undefined }, request)
    })
  }

  #withPath(request: HttpRequest): readonly number[] {
    const { path = '' } = request
    const known = this.#byPath.get(path)
    if (known !== undefined) return known
    const found = this.#all.flatMap(({ paths }, number) =>
      matchesHttp({ methods: undefined, paths, headers: undefined }, request) ? [number] : [],
    )
    this.#byPath.set(path, found)
    return found
  }
}

/** One of each class. */
export function distinctRequests(matches: readonly HttpMatch[]): HttpRequest[] {
  return requestClasses(matches).flatMap(([first]) => (first === undefined ? [] : [first]))
}

/** One of the class of a request that somebody could send as it stands: with as few `…` as there can be. */
export function exampleOf(request: HttpRequest, matches: readonly HttpMatch[]): HttpRequest {
  const signature = signatureOf(request, matches)
  const { path = '' } = request
  const above = path.slice(0, -other.length)
  const paths = path.endsWith(`/${other}`) ? [above.replace(/(?<=.)\/$/, ''), `${above}other`, path] : [path]
  const methods = [...usualMethods, request.method]
  const all = methods.flatMap((method) => paths.map((path) => ({ method, path })))
  return all.find((it) => signatureOf(it, matches) === signature) ?? request
}

function signatureOf(request: HttpRequest, matches: readonly HttpMatch[]): string {
  return matches.map((match) => (matchesHttp(match, request) ? '1' : '0')).join('')
}

function methodsOf(matches: readonly HttpMatch[]): Set<string> {
  const named = matches.flatMap(({ methods }) => methods ?? []).filter((method) => method !== '*')
  return new Set([...named, unnamed(new Set(named), other)])
}

/**
 * Each exact path, one below each prefix, and one that is below none: the longest prefix that matches says which others do.
 */
function pathsOf(matches: readonly HttpMatch[]): Set<string> {
  const all = matches.flatMap(({ paths }) => paths ?? [])
  const named = new Set(all.map(({ path }) => path))
  const prefixes = all.filter(({ kind }) => kind === 'Prefix')
  return new Set([
    ...all.filter(({ kind }) => kind === 'Exact').map(({ path }) => path),
    ...[...prefixes, root].map(({ path }) => unnamed(named, `${path}/${other}`)),
  ])
}

const root: HttpPathMatch = { kind: 'Prefix', path: '' }

/** Also where a rule names just what stands for all others. */
function unnamed(named: ReadonlySet<string>, text: string): string {
  return named.has(text) ? unnamed(named, `${text}${other}`) : text
}
