import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseObjectBody } from '../../apps/server/src/http/parse-body.ts'
import { parseTarget } from '../../apps/server/src/http/request-target.ts'
import { parsePath } from '../../apps/server/src/routing/parse-path.ts'
import { ApiError } from '../../apps/server/src/status/api-error.ts'
import { damaged, damagedText, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const field = (number: number, ...content: readonly number[]) => [
  (number << 3) | 2,
  content.length,
  ...content,
]
const text = (number: number, value: string) => field(number, ...bytesOf(value))
const metadata = [
  ...text(1, 'name'),
  ...field(8, 8, 0x80, 0x8c, 0x8d, 0x9e, 6),
  ...field(11, ...text(1, 'a'), ...text(2, 'b')),
  ...field(13, ...text(1, 'Pod'), ...text(3, 'p'), 0x30, 1),
]
const type = [...text(1, 'v1'), ...text(2, 'Namespace')]
const namespace = [...field(1, ...metadata), ...field(2, ...text(1, 'kubernetes'))]
/** A namespace with a time, a label and an owner, as kubectl sends it. */
const protobuf = [0x6b, 0x38, 0x73, 0, ...field(1, ...type), ...field(2, ...namespace)]

const seeds: Readonly<Record<string, Uint8Array>> = {
  'application/json': bytesOf(
    '{"kind":"Pod","metadata":{"name":"a","labels":{"b":"c"}},"spec":[1,2.5,null,true,"\\u0041"]}',
  ),
  'application/yaml': bytesOf('kind: Pod\nmetadata: &m\n  name: a\nspec: [1, *m, "x"]\n'),
  'application/vnd.kubernetes.protobuf': new Uint8Array(protobuf),
}
const pieces = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '\\',
  '__proto__',
  '\n',
  '\0',
  '&a ',
  '*m',
  '\xff\xff\xff\xff',
].map(bytesOf)

test('the seeds are valid', () => {
  for (const [type, seed] of Object.entries(seeds))
    expect(parseObjectBody(seed, type)).toMatchObject({ kind: expect.any(String) })
})

test.each(Object.entries(seeds))(
  'a damaged body of %s is read or refused with a 400',
  (type, seed) => {
    const property = fc.property(damaged([seed], pieces), (body) => {
      expectApiError(400, () => {
        const value = parseObjectBody(body, type)
        const json = JSON.stringify(value)
        expect(JSON.stringify(parseObjectBody(bytesOf(json), 'application/json'))).toBe(json)
      })
    })
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

const targets = [
  '/apis/projectcalico.org/v3/namespaces/a/networkpolicies/b/status?watch=1&limit=5',
  '/api/v1/namespaces/a%2Fb/pods?labelSelector=a%3Db',
  'https://server:1/api/v1/pods',
]

test(
  'a damaged path is one that means the same to every reader, or refused with a 400',
  () => {
    const parts = [
      '/',
      '..',
      '.',
      '%2e',
      '%2F',
      '%5c',
      '\\',
      '%00',
      '%',
      '?',
      '#',
      '//',
      '@',
      ':',
      ';',
      '\r\n',
      'ü',
    ]
    const property = fc.property(damagedText(targets, parts), (target) => {
      expectApiError(400, () => {
        const { pathname } = parseTarget(target)
        const path = parsePath(pathname)
        if (path === undefined) return
        // What a reader makes of it that cleans paths, as browsers and proxies do.
        expect(parsePath(new URL(`https://x${pathname}`).pathname)).toEqual(path)
      })
    })
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

function expectApiError(code: number, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    expect(error.code).toBe(code)
  }
}
