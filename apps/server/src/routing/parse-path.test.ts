import { expect, test } from 'vitest'
import { parsePath } from './parse-path.ts'

test.each([
  ['/api/v1/pods', { group: '', version: 'v1', plural: 'pods' }],
  ['/api/v1/namespaces', { group: '', version: 'v1', plural: 'namespaces' }],
  ['/api/v1/namespaces/a', { group: '', version: 'v1', plural: 'namespaces', name: 'a' }],
  [
    '/api/v1/namespaces/a/status',
    { group: '', version: 'v1', plural: 'namespaces', name: 'a', subresource: 'status' },
  ],
  ['/api/v1/namespaces/a/pods', { group: '', version: 'v1', plural: 'pods', namespace: 'a' }],
  [
    '/api/v1/namespaces/a/pods/b/status',
    { group: '', version: 'v1', plural: 'pods', namespace: 'a', name: 'b', subresource: 'status' },
  ],
  ['/apis/g.io/v3/tiers/x', { group: 'g.io', version: 'v3', plural: 'tiers', name: 'x' }],
  [
    '/apis/g.io/v3/namespaces/a/sets/x',
    { group: 'g.io', version: 'v3', plural: 'sets', namespace: 'a', name: 'x' },
  ],
  ['/apis/g.io/v3/tiers/a%2Fb', { group: 'g.io', version: 'v3', plural: 'tiers', name: 'a/b' }],
])('%s is a resource', (path, want) => {
  expect(parsePath(path)).toEqual({ kind: 'Resource', ...want })
})

test.each(['/', '/api', '/apis', '/api/v1', '/apis/g.io', '/apis/g.io/v3', '/healthz', '/openapi/v3/api/v1'])(
  '%s is something else',
  (path) => expect(parsePath(path)?.kind).toBe('Other'),
)

test('a path that goes deeper than any resource is something else', () => {
  expect(parsePath('/api/v1/namespaces/a/pods/b/c/d')?.kind).toBe('Other')
})

test('broken percent-encoding is no path at all', () => expect(parsePath('/api/v1/pods/%zz')).toBeUndefined())
