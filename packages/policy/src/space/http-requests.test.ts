import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesHttp } from '../evaluate/match-http.ts'
import type { HttpHeaderMatch, HttpMatch } from '../model/rule.ts'
import { anyHttpMatch, anyRequest, partsWith, signatureOf } from './http-requests.testkit.ts'
import { type RequestClass, requestClasses } from './http-requests.ts'
import { exampleOf } from './named-requests.ts'
import { fewestParts, type RequestPart } from './request-parts.ts'
import { TooManyRequestsError } from './too-many-requests.ts'

const someMatches = fc.array(anyHttpMatch, { minLength: 1, maxLength: 4 })
const numRuns = 500

test('every request is treated as the one that stands for its class, and as that of no other', () => {
  fc.assert(
    fc.property(someMatches, fc.array(anyRequest, { minLength: 1, maxLength: 20 }), (matches, requests) => {
      const all = requestClasses(matches).map(({ request }) => signatureOf(request, matches))
      expect(new Set(all).size).toBe(all.length)
      for (const request of requests) expect(all).toContain(signatureOf(request, matches))
    }),
    { numRuns },
  )
})

test('the parts of a class are of what its rules match, and every request is in one part of all', () => {
  fc.assert(
    fc.property(someMatches, anyRequest, (matches, request) => {
      const classes = requestClasses([...matches, ...matches])
      const parts = classes.flatMap(({ parts }) => parts)
      const holding = (list: readonly RequestPart[]) => partsWith(request, list, parts)
      const own = classes.filter((it) => holding(it.parts).length > 0)
      expect(own.map((it) => signatureOf(it.request, matches))).toEqual([signatureOf(request, matches)])
      expect(holding(parts)).toHaveLength(1)
      for (const it of classes) expect(holding(fewestParts(it.parts)).length).toBe(it === own[0] ? 1 : 0)
    }),
    { numRuns },
  )
})

test('where no rule asks, there is nothing to tell apart', () => expect(requestClasses([])).toEqual([]))

test('a rule that names what stands for all others does not hide them', () => {
  const named: HttpMatch = { methods: ['…'], paths: [{ kind: 'Exact', path: '/…' }], headers: undefined }
  expect(requestClasses([named]).map(({ request }) => matchesHttp(named, request))).toEqual([true, false])
})

test('an example is one of the same class, which somebody could send', () => {
  fc.assert(
    fc.property(someMatches, (matches) => {
      for (const { request } of requestClasses(matches)) {
        const example = exampleOf(request, matches)
        expect(signatureOf(example, matches)).toBe(signatureOf(request, matches))
        expect(`${example.method} ${example.path ?? '/'}`).toMatch(/^[A-Z]+ \/[a-z/]*$/)
        for (const [, value] of example.headers ?? []) expect(value).toMatch(/^[a-z, ]*$/)
      }
    }),
  )
})

describe('how many there are', () => {
  const asking = (...headers: HttpHeaderMatch[]): HttpMatch => ({
    methods: undefined,
    paths: undefined,
    headers,
  })
  const exists = (name: string): HttpHeaderMatch => ({ name, operator: 'Exists', values: [] })
  const isIn = (name: string, ...values: string[]): HttpHeaderMatch => ({ name, operator: 'In', values })
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
  const sizes = (classes: readonly RequestClass[]) => [
    classes.length,
    classes.flatMap((it) => it.parts).length,
  ]

  test('a rule that asks for twenty headers makes two classes', () => {
    expect(sizes(requestClasses([asking(...numbers(20).map((i) => exists(`x-${i}`)))]))).toEqual([2, 21])
  })

  test('rules that ask for one value each of the same headers make one class each', () => {
    const rules = numbers(200).map((i) =>
      asking(isIn('x-tenant', `t${i}`), isIn('x-role', 'a', `r${i}`), exists(`x-${i}`)),
    )
    expect(sizes(requestClasses(rules))).toEqual([201, 601])
  })

  test('as many lists of values as one likes are one class each', () => {
    const values = numbers(100).map((i) => `v${i}`)
    const rules = numbers(30).map((i) => asking({ name: 'x-a', operator: 'NotIn', values: values.slice(i) }))
    expect(requestClasses(rules)).toHaveLength(31)
  })

  test('what is more than can be looked at is said to be so, by the headers', () => {
    const rules = numbers(13).map((i) => asking(exists(`x-${i}`)))
    expect(requestClasses(rules.slice(1))).toHaveLength(4096)
    expect(() => requestClasses(rules)).toThrow(TooManyRequestsError)
    expect(() => requestClasses(rules)).toThrow(
      /more than 4,096 kinds of requests apart, by the headers x-0, x-1,/,
    )
    const lists = numbers(13).map((i) => asking({ name: 'x-a', operator: 'NotIn', values: [`v${i}`] }))
    expect(() => requestClasses(lists)).toThrow(TooManyRequestsError)
  })

  test('headers that no rule asks about together are not put together', () => {
    const rules = numbers(13).map((i) => ({
      ...asking(exists(`x-${i}`)),
      paths: [{ kind: 'Prefix' as const, path: `/p${i}` }],
    }))
    expect(requestClasses(rules)).toHaveLength(14)
  })
})
