/** HTTP criteria of a rule. Numbers of rules: spec/api.md 2.1. */
import { describe } from '../../schema/describe.ts'
import { forbidden, type Issue, invalid } from '../../schema/issue.ts'
import { checkHttpHeader } from './http-header.ts'
import { protocolNumberOf } from './protocol.ts'
import type { RuleSite } from './rule-site.ts'
import type { HttpMatch, HttpPath } from './schema.ts'

/** 26, 27 and 28: HTTP runs over TCP, and only rules that allow, at the receiver, can look at it. */
export function* checkHttpPlace({ rule, path, direction }: RuleSite): Iterable<Issue> {
  if (rule.http === undefined) return
  const overTcp = rule.protocol === undefined || protocolNumberOf(rule.protocol) === 6
  if (!overTcp)
    yield invalid(`${path}.protocol`, `must be TCP or absent in a rule with http, but is ${rule.protocol}`)
  if (rule.action !== 'Allow')
    yield forbidden(`${path}.http`, `is only allowed with action Allow, not ${rule.action}`)
  if (direction === 'egress') yield forbidden(`${path}.http`, 'is only allowed in ingress rules')
}

/** 30 and 31, and what is Margay's own: headers. */
export function* checkHttpForm({ rule, path }: RuleSite): Iterable<Issue> {
  yield* checkHttpMatch(rule.http, `${path}.http`)
}

/** Of whatever speaks of requests as rules do. */
export function* checkHttpMatch(http: HttpMatch | undefined, path: string): Iterable<Issue> {
  for (const [index, httpPath] of (http?.paths ?? []).entries()) {
    yield* checkHttpPath(httpPath, `${path}.paths[${index}]`)
  }
  for (const [index, header] of (http?.headers ?? []).entries()) {
    yield* checkHttpHeader(header, `${path}.headers[${index}]`)
  }
}

function* checkHttpPath(httpPath: HttpPath, path: string): Iterable<Issue> {
  const forms = [httpPath.exact, httpPath.prefix].filter((text) => text !== undefined && text !== '')
  if (forms.length !== 1) yield invalid(path, 'must have exactly one of exact and prefix, not empty')
  for (const text of forms) {
    if (!/^\/[^ ?#]*$/.test(text ?? ''))
      yield invalid(path, `must begin with "/" and have no "?", "#" or space, but is ${describe(text)}`)
  }
}
