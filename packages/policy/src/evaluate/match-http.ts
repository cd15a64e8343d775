/**
 * Does a rule's HTTP part match a request? A connection about which nothing is said of requests matches every one: the kernel lets
 * it be opened, and each request in it is judged by itself. Source: spec/api.md I24, spec/dataplane.md 8.2.
 */
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch, HttpPathMatch } from '../model/rule.ts'

export function matchesHttp(match: HttpMatch | undefined, request: HttpRequest | undefined): boolean {
  if (match === undefined || request === undefined) return true
  const { methods, paths } = match
  return (
    (methods === undefined || methods.some((it) => it === '*' || it === request.method)) &&
    (paths === undefined || paths.some((it) => matchesPath(it, request.path)))
  )
}

function matchesPath({ kind, path }: HttpPathMatch, asked: string): boolean {
  return path === asked || (kind === 'Prefix' && asked.startsWith(`${path}/`))
}
