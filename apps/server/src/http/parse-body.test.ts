import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../status/api-error.ts'
import { findDuplicateKey } from './duplicate-key.ts'
import { parseObjectBody } from './parse-body.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const parse = (text: string, type = 'json') => parseObjectBody(bytesOf(text), `application/${type}`)

describe('a key that stands twice in one object', () => {
  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"x":[{"b" : 1, "b"\n: 1}]}', 'b'],
    ['{"a":{"c":"a"},"b":{},"\\u0061":0}', 'a'],
    ['{"\\"":1,"\\u0022":1}', '"'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ])('of %s is %s', (text, key) => expect(findDuplicateKey(text)).toBe(key))

  test('is refused with its name, as it is in YAML', () => {
    expect(() => parse('{"kind":"Pod","kind":"Tier"}')).toThrow(/has the field "kind" twice/)
    expect(() => parse('{"kind": "Pod", "kind": "Tier"}', 'yaml')).toThrow(/has the field "kind" twice/)
    expect(() => parse('kind: Pod\nkind: Tier\n', 'yaml')).toThrow(/"kind" stands here twice/)
  })

  test('is found in no value that JSON.stringify wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(findDuplicateKey(JSON.stringify(value))).toBeUndefined()
        expect(findDuplicateKey(JSON.stringify(value, null, 2))).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })
})

/** Each took 4 to 20 seconds and up to 3 GB when it had 3 MiB. */
describe('YAML that takes too long to read is refused before it is read', () => {
  test.each([
    ['a list', '- a\n'],
    ['brackets', '['],
    ['nested lists', '- '],
    ['documents', '---\n'],
    ['comments', '#\n'],
    ['anchors', '- &a\n'],
    ['unknown tags', '- !x y\n'],
    ['wrong escapes', '- "\\q"\n'],
    ['blank lines', '\n'],
  ])('%s', (_name, piece) => {
    const text = `a:\n${piece.repeat((3 * 1024 * 1024) / piece.length)}`
    expect(() => parse(text, 'yaml')).toThrow(/more than 50000 tokens/)
  })

  test('one text with a million wrong escapes', () =>
    expect(() => parse(`a: "${'\\q'.repeat(1_000_000)}"`, 'yaml')).toThrow(/more than 50000 tokens/))

  test('but one long text is fine', () =>
    expect(parse(`a: |\n${'  line\n'.repeat(100_000)}`, 'yaml')).toEqual({ a: 'line\n'.repeat(100_000) }))
})

test.each([
  ['deep JSON lists', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, 'json', /deeper than 100 levels/],
  ['deep JSON objects', `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`, 'json', /deeper than 100 levels/],
  ['unclosed JSON', '['.repeat(1_000_000), 'json', /not valid JSON/],
  ['a __proto__ key', '{"metadata":{"__proto__":{"x":1}}}', 'json', /named __proto__/],
  ['a __proto__ key in YAML', 'a: {__proto__: {x: 1}}', 'yaml', /named __proto__/],
  ['a large block, used often', `a: &x [${'1,'.repeat(9000)}]\nb: [${'*x,'.repeat(900)}]`, 'yaml', /aliases/],
  ['a large text, used often', `a: &x ${'y'.repeat(9000)}\nb: [${'*x,'.repeat(900)}]`, 'yaml', /aliases/],
])('%s: refused', (_name, text, type, message) => {
  expect(() => parse(text, type)).toThrow(ApiError)
  expect(() => parse(text, type)).toThrow(message)
})
