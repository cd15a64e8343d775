import { expect, test } from 'vitest'
import { ApiError } from '../status/api-error.ts'
import { parseTarget } from './request-target.ts'

test.each([
  ['/', '/'],
  ['/api/v1/pods?watch=1', '/api/v1/pods'],
  ['/api/v1/pods/', '/api/v1/pods/'],
  ['/api/v1/pods/a%2Fb', '/api/v1/pods/a%2Fb'],
  ['/api/v1/pods/%zz', '/api/v1/pods/%zz'],
  ['/api/v1/pods/...', '/api/v1/pods/...'],
  ['https://server:1/api/v1/pods?a=/../', '/api/v1/pods'],
  ['https://server', '/'],
])('%s is the path %s', (target, want) => expect(parseTarget(target).pathname).toBe(want))

test('the query is all behind the first question mark', () =>
  expect(parseTarget('/api?a=b?c&a=//..').query.getAll('a')).toEqual(['b?c', '//..']))

test.each([
  '/healthz/../api/v1/pods',
  '/healthz/%2e%2E/api/v1/pods',
  '/healthz/.%2e/api/v1/pods',
  '/./api',
  '/api/..',
  '//other/api/v1/pods',
  '/api//v1',
  '/api/v1//',
  '/healthz\\..\\api',
  '/healthz%5c..',
  '/api/v1/pods/a%00',
  '/api/v1/pods/a%0d%0ab',
  '/api/v1/pods#x',
  '/api/v1/pods ',
  '/api/v1 /pods',
  '*',
  'api',
  '',
  'server:443',
  'https:/api',
])('%j is refused with a 400, and is not made into another path', (target) => {
  expect(() => parseTarget(target)).toThrow(ApiError)
  expect(() => parseTarget(target)).toThrow(/^the request path /)
})
