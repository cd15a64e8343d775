import { expect, test } from 'vitest'
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpMatch } from '../model/rule.ts'
import { formatRequests } from './format-requests.ts'
import { requestClasses } from './http-requests.ts'

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
  const among = requestClasses(rules).flat()
  const allowed = among.filter((request) => rules.some((it) => matchesHttp(it, request)))
  return formatRequests(allowed, among)
}

test('of many it says how many more', () => {
  const among = requestClasses([match(['GET'], ...'abcdef'.split('').map((it) => `/${it}`))]).flat()
  const allowed = among.filter(({ method, path }) => method === 'GET' && path !== '/…')
  expect(formatRequests(allowed, among, 4)).toBe('GET /a, /b, /c, /d and 2 more')
})

test.each<[string, HttpMatch[]]>([
  ['GET, POST', [match(['GET', 'POST'])]],
  ['GET', [match(['GET']), match(['GET'], '/a')]],
  ['any method /a, /b/…', [match(undefined, '/a', '/b/*')]],
  ['GET, HEAD /a/…', [match(['GET', 'HEAD'], '/a/*')]],
  ['any method /health; GET /…', [match(['GET']), match(undefined, '/health')]],
  ['any method /health; GET /api/…', [match(undefined, '/health'), match(['GET'], '/api/*')]],
  ['every request', [match(['GET']), match(['*'])]],
  ['no request', []],
])('%s', (text, rules) => expect(said(...rules)).toBe(text))
