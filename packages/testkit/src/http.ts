/** HTTP: what rules ask of requests, and requests that come near to that. */
import type { HttpRequest } from '@margay/policy'
import type { HttpMatch } from '@margay/resources'
import fc from 'fast-check'
import { maybe, record } from './optional.ts'

const methods = ['GET', 'POST', 'get'] as const
const paths = ['/', '/api', '/api/', '/api/users', '/apis', '/admin'] as const

const httpPaths = fc.oneof(
  { withCrossShrink: true },
  ...(['exact', 'prefix'] as const).map((form) =>
    fc.constantFrom(...paths).map((path) => ({ [form]: path })),
  ),
)

export const httpMatches: fc.Arbitrary<HttpMatch> = record({
  methods: maybe(60, fc.subarray(['*', ...methods], { maxLength: 2 })),
  paths: maybe(60, fc.array(httpPaths, { maxLength: 2 })),
})

export const httpRequests: fc.Arbitrary<HttpRequest & { readonly path: string }> = fc.record({
  method: fc.constantFrom(...methods),
  path: fc.constantFrom(...paths, '/api/users/7', '/other'),
})
