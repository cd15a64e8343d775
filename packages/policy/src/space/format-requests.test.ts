import { describe, expect, test } from 'vitest'
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpHeaderMatch, HttpMatch } from '../model/rule.ts'
import { formatRequests } from './format-requests.ts'
import { type RequestClass, requestClasses } from './http-requests.ts'
import { fewestParts, type RequestPart } from './request-parts.ts'

const match = (methods: string[] | undefined, ...paths: string[]): HttpMatch => ({
  methods,
  paths:
    paths.length === 0
      ? undefined
      : paths.map((it) =>
          it.endsWith('/*') ? { kind: 'Prefix', path: it.slice(0, -2) } : { kind: 'Exact', path: it },
        ),
  headers: undefined,
})

/** What is said of requests that some rule allows. */
function said(...rules: HttpMatch[]): string {
  const classes = requestClasses(rules)
  const allowed = classes.filter(({ request }) => rules.some((it) => matchesHttp(it, request)))
  return formatRequests(partsOf(allowed), partsOf(classes))
}

function partsOf(classes: readonly RequestClass[]): RequestPart[] {
  return fewestParts(classes.flatMap(({ parts }) => parts))
}

test('of many it says how many more', () => {
  const among = partsOf(requestClasses([match(['GET'], ...'abcdef'.split('').map((it) => `/${it}`))]))
  const allowed = among.filter(({ method, path }) => method === 'GET' && path !== undefined && path !== '/…')
  expect(formatRequests(allowed, among, 4)).toBe('GET /a, /b, /c, /d and 2 more')
})

test.each<[string, HttpMatch[]]>([
  ['GET, POST', [match(['GET', 'POST'])]],
  ['GET', [match(['GET']), match(['GET'], '/a')]],
  ['any method /a, /b/…', [match(undefined, '/a', '/b/*')]],
  ['GET, HEAD /a/…', [match(['GET', 'HEAD'], '/a/*')]],
  ['any method /health; GET', [match(['GET']), match(undefined, '/health')]],
  ['any method /health; GET /api/…', [match(undefined, '/health'), match(['GET'], '/api/*')]],
  ['every request', [match(['GET']), match(['*'])]],
  ['any method /…', [match(undefined, '/*')]],
  ['no request', []],
])('%s', (text, rules) => expect(said(...rules)).toBe(text))

describe('headers', () => {
  type Header = [name: string, operator: HttpHeaderMatch['operator'], ...values: string[]]
  const asking = (rule: HttpMatch, ...headers: Header[]): HttpMatch => ({
    ...rule,
    headers: headers.map(([name, operator, ...values]) => ({ name, operator, values })),
  })
  const any = match(undefined)
  const api = match(['GET'], '/api')
  const admin: Header = ['x-role', 'In', 'admin']

  test.each<[string, HttpMatch[]]>([
    ['GET /api with X-Role: admin', [asking(api, admin)]],
    ['GET /api with X-Role: admin or dev', [asking(api, ['x-role', 'In', 'admin', 'dev'])]],
    ['GET /api without X-Debug', [asking(api, ['x-debug', 'DoesNotExist'])]],
    ['GET /api with X-Debug', [asking(api, ['x-debug', 'Exists'])]],
    ['GET /api unless X-Role: guest or guest,…', [asking(api, ['x-role', 'NotIn', 'guest'])]],
    ['every request unless X-Role: a or b or a|b,…', [asking(any, ['x-role', 'NotIn', 'a', 'b'])]],
    [
      'GET /api with X-Role but not guest or guest,…',
      [asking(api, ['x-role', 'NotIn', 'guest'], ['x-role', 'Exists'])],
    ],
    ['GET /api with X-Role: admin and without X-Debug', [asking(api, admin, ['x-debug', 'DoesNotExist'])]],
    [
      'any method /health; GET with X-Role: admin',
      [asking(match(['GET']), admin), match(undefined, '/health')],
    ],
    ['every request', [asking(any, ['x-a', 'Exists']), asking(any, ['x-a', 'DoesNotExist'])]],
    ['every request', [asking(any, ['x-a', 'In', 'v']), asking(any, ['x-b', 'Exists']), any]],
    ['GET; every request with X-Role: admin', [asking(any, admin), match(['GET'])]],
    ['every request with Host: api.example.com', [asking(any, ['host', 'In', 'api.example.com'])]],
    [
      'every request with X-B unless X-A: v; every request with X-A: v',
      [asking(any, ['x-a', 'In', 'v']), asking(any, ['x-b', 'Exists'])],
    ],
    [
      'every request with X-A: v or none',
      [asking(any, ['x-a', 'In', 'v']), asking(any, ['x-a', 'DoesNotExist'])],
    ],
  ])('%s', (text, rules) => expect(said(...rules)).toBe(text))
})
