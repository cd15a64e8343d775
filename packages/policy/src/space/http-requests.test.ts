import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch } from '../model/rule.ts'
import { distinctRequests, exampleOf, requestClasses } from './http-requests.ts'

const segments = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 3 })
const path = fc
  .tuple(segments, fc.boolean())
  .map(([list, hasSlash]) => `/${list.join('/')}${hasSlash ? '/' : ''}`)
const pathMatch = fc.oneof(
  path.map((it) => ({ kind: 'Exact' as const, path: it })),
  segments.map((list) => ({ kind: 'Prefix' as const, path: list.map((it) => `/${it}`).join('') })),
)
const method = fc.constantFrom('GET', 'PUT', 'POST')
const httpMatch: fc.Arbitrary<HttpMatch> = fc.record({
  methods: fc.option(fc.array(fc.oneof(method, fc.constant('*')), { minLength: 1, maxLength: 2 }), {
    nil: undefined,
  }),
  paths: fc.option(fc.array(pathMatch, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  headers: fc.constant(undefined),
})

test('every request is treated as one that stands for it', () => {
  fc.assert(
    fc.property(
      fc.array(httpMatch, { minLength: 1, maxLength: 4 }),
      method,
      path,
      (matches, method, path) => {
        const signature = (request: HttpRequest) => matches.map((match) => matchesHttp(match, request)).join()
        const all = distinctRequests(matches).map(signature)
        expect(all).toContain(signature({ method, path }))
        expect(new Set(all).size).toBe(all.length)
      },
    ),
    { numRuns: 2000 },
  )
})

test('requests are of one class exactly when the same rules are about them', () => {
  const matches = fc.array(httpMatch, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(matches, (matches) => {
      const classes = requestClasses([...matches, ...matches])
      const signatures = classes.map((requests) =>
        requests.map((it) => matches.map((match) => matchesHttp(match, it)).join()),
      )
      for (const [first, ...others] of signatures) for (const it of others) expect(it).toBe(first)
      expect(new Set(signatures.flat()).size).toBe(classes.length)
    }),
  )
})

test('where no rule asks, there is nothing to tell apart', () => {
  expect(distinctRequests([])).toEqual([])
})

test('a rule that names what stands for all others does not hide them', () => {
  const named: HttpMatch = { methods: ['…'], paths: [{ kind: 'Exact', path: '/…' }], headers: undefined }
  expect(distinctRequests([named]).map((it) => matchesHttp(named, it))).toEqual([true, false])
})

test('an example is one of the same class, which somebody could send', () => {
  const matches = fc.array(httpMatch, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(matches, (matches) => {
      for (const request of distinctRequests(matches)) {
        const example = exampleOf(request, matches)
        for (const match of matches) expect(matchesHttp(match, example)).toBe(matchesHttp(match, request))
        expect(`${example.method} ${example.path}`).toMatch(/^[A-Z]+ \/[a-z/]*$/)
      }
    }),
  )
})
