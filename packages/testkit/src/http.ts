/** HTTP: what rules ask of requests, and requests that come near to that; now and then spelled as nobody would who means well. */
import { type HttpRequest, type RawRequest, readRequest } from '@margay/policy'
import type { HttpHeader, HttpMatch } from '@margay/resources'
import fc from 'fast-check'
import { maybe, record } from './optional.ts'

const methods = ['GET', 'POST', 'get'] as const
const paths = ['/', '/api', '/api/', '/api/users', '/apis', '/admin'] as const
/** Other spellings of these, and what can't be normalised; as rules may write them. */
const oddPaths = [
  ...['//api', '/%61pi', '/api%2Fusers', '/api/./users/', '/x/../admin', '/api/%2e%2e/admin', '/api;v=1'],
  ...['/api\\users', '/../api', '/API', '/api.', '/api%20'],
  ...['/%', '/api%00', '/%252e%252e/admin', '/api/%c0%ae%c0%ae/admin', '/api/..;/admin', '/api\\..\\admin'],
  ...['/api//../admin', '/api;%2fusers', '/caf%C3%A9', '/café', '/100%25', '/what%3F'],
] as const
/** What only requests have. */
const oddTargets = [
  '/api?x=/admin',
  '/admin#/api',
  '/api/?',
  'http://shop.example/api',
  '*',
  '',
  'api',
] as const

const rulePaths = fc.oneof(
  { withCrossShrink: true },
  { weight: 6, arbitrary: fc.constantFrom(...paths) },
  { weight: 1, arbitrary: fc.constantFrom(...oddPaths) },
)
const httpPaths = fc.oneof(
  { withCrossShrink: true },
  ...(['exact', 'prefix'] as const).map((form) => rulePaths.map((path) => ({ [form]: path }))),
)

const teams = ['a', 'b', 'A', 'a,b'] as const
const hosts = ['shop.example', 'Admin.Example.'] as const

const httpHeaders: fc.Arbitrary<HttpHeader> = fc.oneof(
  { withCrossShrink: true },
  fc.record({
    header: fc.constantFrom('x-team', 'X-Team', 'x-id'),
    operator: fc.constantFrom('Exists', 'DoesNotExist'),
  }),
  fc.record({
    header: fc.constantFrom('x-team', 'X-Team', 'x-id'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray([...teams], { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    header: fc.constantFrom('host', 'Host'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray([...hosts], { minLength: 1 }),
  }),
)

export const httpMatches: fc.Arbitrary<HttpMatch> = record({
  methods: maybe(60, fc.subarray(['*', ...methods], { maxLength: 2 })),
  paths: maybe(60, fc.array(httpPaths, { maxLength: 2 })),
  headers: maybe(30, fc.array(httpHeaders, { maxLength: 3 })),
})

/** As usual ones are: without headers, and with paths that need no normalising. */
export const httpRequests: fc.Arbitrary<HttpRequest & { readonly path: string }> = fc.record({
  method: fc.constantFrom(...methods),
  path: fc.constantFrom('/', '/api', '/api/users', '/apis', '/admin', '/api/users/7', '/other'),
})

/** As they come: with headers, and spelled in any way. */
export const rawRequests: fc.Arbitrary<
  RawRequest & { readonly headers: readonly (readonly [string, string])[] }
> = fc.record(
  {
    method: fc.constantFrom(...methods),
    path: fc.oneof(
      { withCrossShrink: true },
      { weight: 5, arbitrary: fc.constantFrom(...paths, '/api/users/7', '/other') },
      { weight: 3, arbitrary: fc.constantFrom(...oddPaths) },
      { weight: 1, arbitrary: fc.constantFrom(...oddTargets) },
    ),
    host: fc.constantFrom('shop.example', 'SHOP.example.:80', 'admin.example', 'other.example'),
    headers: fc.array(
      fc.tuple(
        fc.constantFrom('x-team', 'X-TEAM', 'x-id', 'Host', ':path'),
        fc.constantFrom(...teams, '', ' a ', 'c, b', 'Shop.Example:8080'),
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['method', 'path', 'headers'] },
)

/** The same, as rules see them. */
export const readRequests: fc.Arbitrary<HttpRequest> = rawRequests.map(readRequest)
