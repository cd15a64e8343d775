/**
 * Does a rule's HTTP part match what is sent over a connection? Where nothing is said of it, it matches: the kernel lets a connection be
 * opened when some request could be made in it, and each is judged by itself; lowering has left out the rules that none satisfies.
 * Source: spec/api.md I24, spec/dataplane.md 8.2.
 */
import type { HttpRequest, Sent } from '../model/flow.ts'
import type { HttpHeaderMatch, HttpMatch, HttpPathMatch } from '../model/rule.ts'

export function matchesHttp(match: HttpMatch | undefined, sent: Sent | undefined): boolean {
  if (match === undefined || sent === undefined) return true
  if (sent === 'NotHttp') return false
  return (
    matchesMethod(match, sent) &&
    matchesPaths(match, sent) &&
    (match.headers === undefined || match.headers.every((it) => matchesHeader(it, sent.headers)))
  )
}

function matchesMethod({ methods }: HttpMatch, { method }: HttpRequest): boolean {
  return methods === undefined || methods.some((it) => it === '*' || it === method)
}

/** A path that can't be normalised is none that a rule names. */
function matchesPaths({ paths }: HttpMatch, { path }: HttpRequest): boolean {
  if (paths === undefined) return true
  return path !== undefined && paths.some((it) => matchesPath(it, path))
}

function matchesPath({ kind, path }: HttpPathMatch, asked: string): boolean {
  return path === asked || (kind === 'Prefix' && asked.startsWith(`${path}/`))
}

/** That a header is not a value means that no part of it is: a second field of its name can't hide the first. */
export function matchesHeader(
  { name, operator, values }: HttpHeaderMatch,
  headers: ReadonlyMap<string, string> | undefined,
): boolean {
  const value = headers?.get(name)?.trim()
  switch (operator) {
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !holdsOneOf(value, values)
  }
}

/** Is the whole of it, or a part between commas, one of the values? */
function holdsOneOf(value: string, values: readonly string[]): boolean {
  return values.includes(value) || value.split(',').some((part) => values.includes(part.trim()))
}
