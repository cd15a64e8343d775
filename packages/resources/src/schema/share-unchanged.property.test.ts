import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareUnchanged } from './share-unchanged.ts'
import { frozen, pairs, textOf } from './sharing.testkit.ts'

/** Few words and small trees, so that two of them often agree somewhere. */
const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.constantFrom(0, -0, '', 'a', true, null, undefined),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value

test('what comes out equals the copy, and the input is left alone', () => {
  fc.assert(
    fc.property(json, json, (input, copy) => {
      const wanted = textOf(copy)
      expect(textOf(shareUnchanged(frozen(input), structuredClone(copy)))).toBe(wanted)
    }),
    { numRuns: 2000 },
  )
})

test('at each place it is the one of the input exactly where the two are the same', () => {
  fc.assert(
    fc.property(json, json, (input, copy) => {
      for (const [given, shared] of pairs(input, shareUnchanged(input, structuredClone(copy))))
        expect(shared === given).toBe(textOf(shared) === textOf(given))
    }),
    { numRuns: 2000 },
  )
})

test('an unchanged copy gives way to the input as a whole', () => {
  fc.assert(fc.property(json, (input) => Object.is(shareUnchanged(input, structuredClone(input)), input)))
})

test.each([
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [[1, 2], [1]],
  [[], {}],
  [{ a: undefined }, {}],
  [Object.create(null), {}],
])('%j is not shared where the copy is %j', (input, copy) => expect(shareUnchanged(input, copy)).toBe(copy))
