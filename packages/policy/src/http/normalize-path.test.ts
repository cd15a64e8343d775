/** Spellings by which requests have passed for others. Sources: spec/dataplane.md 8.2; RFC 3986, 5.2.4 and 6.2.2; CWE-22, CWE-174, CWE-436. */
import { expect, test } from 'vitest'
import { matchesHttp } from '../evaluate/match-http.ts'
import { lowerHttp } from '../lower/lower-http.ts'
import { escapePath, maxPathLength, normalizePath } from './normalize-path.ts'
import { readRequest } from './read-request.ts'

test.each([
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a/', '/a'],
  ['//a///b//', '/a/b'],
  ['/./a/./b/.', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/b/..', '/a'],
  ['/../../a', '/a'],
  ['/..', '/'],
  ['/a?x=/../b', '/a'],
  ['/a#b', '/a'],
  ['/a/?', '/a'],
  ['/%61%2Fb', '/a/b'],
  ['/a%2e%2E/b', '/a../b'],
  ['/a\\b', '/a/b'],
  ['/a%5cb', '/a/b'],
  ['/a;v=1/b;w', '/a/b'],
  ['/;x/a', '/a'],
  ['/a%3bv', '/a'],
  ['/caf%C3%A9', '/café'],
  ['/café', '/café'],
  ['/a%20b', '/a b'],
  ['/what%3F', '/what?'],
  ['/100%25', '/100%'],
  ['/A', '/A'],
  ['/...', '/...'],
  [`/${'a'.repeat(maxPathLength - 1)}?${'q'.repeat(99_999)}`, `/${'a'.repeat(maxPathLength - 1)}`],
])('%j is %j', (path, normal) => expect(normalizePath(path)).toBe(normal))

test.each<[what: string, path: string]>([
  ['nothing', ''],
  ['no path', 'a'],
  ['the absolute form', 'http://shop.example/a'],
  ['the form of OPTIONS', '*'],
  ['the form of CONNECT', 'shop.example:443'],
  ['a bad escape', '/a%'],
  ['half an escape', '/a%2'],
  ['an escape that is none', '/a%u002e'],
  ['what is no UTF-8', '/%ff'],
  ['an overlong dot', '/%c0%ae%c0%ae/a'],
  ['an overlong slash', '/..%c0%afa'],
  ['half a pair of surrogates, escaped', '/%ed%a0%80'],
  ['half a pair of surrogates', '/\ud800'],
  ['what stands for lost bytes', '/\ufffd'],
  ['NUL', '/a%00'],
  ['a newline', '/a%0ab'],
  ['a raw control character', '/a\u0001'],
  ['DEL', '/a%7f'],
  ['a control character of C1', '/a%c2%85'],
  ['a dot that is escaped twice', '/%252e%252e/a'],
  ['a slash that is escaped twice', '/..%252fa'],
  ['a letter that is escaped twice', '/%2561'],
  ['one character too many', `/${'a'.repeat(maxPathLength)}`],
  ['dots after a backslash', '/a\\..\\b'],
  ['dots after an escaped slash', '/a%2f../b'],
  ['dots over an empty segment', '/a//../b'],
  ['dots with parameters', '/a/..;v/b'],
  ['dots over parameters only', '/a/;v/../b'],
  ['parameters that hold an escaped slash', '/a;v%2fb'],
  ['parameters that hold a backslash', '/a;v\\b'],
  ['dots after an escaped question mark', '/a%3f/../b'],
])('%s can not be normalised', (_, path) => expect(normalizePath(path)).toBeUndefined())

test.each([
  ['/a b', '/a%20b'],
  ['/what?#%', '/what%3F%23%25'],
  ['/café', '/café'],
])('%j is written %j, which means it', (normal, written) => {
  expect(escapePath(normal)).toBe(written)
  expect(normalizePath(written)).toBe(normal)
})

const open = lowerHttp({ paths: [{ prefix: '/public' }, { exact: '/health' }] })

/** With rules that allow what is below `/public` and `/health` alone. */
test.each<[what: string, path: string]>([
  ['parameters of a dot segment', '/public/..;/admin'],
  ['parameters that are escaped', '/public/..%3b/admin'],
  ['parameters with a value', '/public/..;a=b/admin'],
  ['parameters before dots', '/public;/../admin'],
  ['dots', '/public/../admin'],
  ['dots at the end', '/public/..'],
  ['escaped dots', '/public/%2e%2e/admin'],
  ['half escaped dots', '/public/.%2E/admin'],
  ['an escaped slash', '/public/..%2fadmin'],
  ['all of it escaped', '/public%2f%2e%2e%2fadmin'],
  ['a doubled escape', '/public/%252e%252e/admin'],
  ['a doubled escape of a slash', '/public/..%252fadmin'],
  ['overlong dots', '/public/%c0%ae%c0%ae/admin'],
  ['an overlong slash', '/public/..%c0%afadmin'],
  ['an escape of IIS', '/public/%u002e%u002e/admin'],
  ['backslashes', '/public\\..\\admin'],
  ['escaped backslashes', '/public%5c..%5cadmin'],
  ['a segment that only some see, left by dots', '/public\\x/../admin'],
  ['an escaped slash that only some see, left by dots', '/public%2fx/../admin'],
  ['an empty segment, left by dots', '/public/x//../../admin'],
  ['a doubled slash', '//admin'],
  ['a host in the path', '//shop.example/public'],
  ['another case', '/PUBLIC/a'],
  ['another case of what is exact', '/Health'],
  ['a dot at the end', '/health.'],
  ['dots at the end of a name', '/public../admin'],
  ['a space at the end', '/health%20'],
  ['NUL at the end', '/health%00'],
  ['NUL in between', '/health%00/admin'],
  ['a newline', '/health%0a'],
  ['a name that only begins so', '/publicity'],
  ['a child of what is exact', '/health/admin'],
  ['the absolute form', 'http://shop.example/public'],
  ['the form of OPTIONS', '*'],
  ['no slash', 'public'],
  ['nothing', ''],
  ['parameters that hide a part', '/admin;%2f../public'],
  ['a query that looks like it', '/admin?/public'],
  ['a query that is escaped', '/admin%3f/../public'],
  ['a fragment', '/admin#/public'],
  ['dots in a query', '/admin?/../public'],
  ['a tab', '\t/public'],
])('nobody comes in by %s: %j', (_, path) => {
  expect(matchesHttp(open, readRequest({ method: 'GET', path }))).toBe(false)
})

test.each([
  '/public',
  '/public/',
  '//public//a',
  '/public?x',
  '/%70ublic/a',
  '/x/../public/a',
  '/health/',
  '/health;v=1',
])('who spells it otherwise, but means it, comes in: %j', (path) => {
  expect(matchesHttp(open, readRequest({ method: 'GET', path }))).toBe(true)
})

test('a rule that asks for no path is about those that can not be normalised too', () => {
  const request = readRequest({ method: 'OPTIONS', path: '*' })
  expect(matchesHttp(lowerHttp({ methods: ['OPTIONS'] }), request)).toBe(true)
  expect(matchesHttp(lowerHttp({ methods: ['OPTIONS'], paths: [{ prefix: '/' }] }), request)).toBe(false)
})
