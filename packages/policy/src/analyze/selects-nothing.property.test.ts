import { matchesSelector, parseSelector, type Selector } from '@margay/resources'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { selectsNothing } from './selects-nothing.ts'

describe('a selector that contradicts itself', () => {
  test.each([
    'a in {}',
    '!all()',
    "a == 'x' && a == 'y'",
    "a == 'x' && a != 'x'",
    "a == 'x' && !has(a)",
    'has(a) && !has(a)',
    "a in {'x', 'y'} && a in {'z'}",
    "a in {'x', 'y'} && a not in {'x', 'y', 'z'}",
    "a == 'x' && !(a == 'x')",
    "a == 'x' && !(a in {'x'})",
    "a == 'x' && a contains 'y'",
    "a starts with 'x' && !has(a)",
    "a == 'x' && (b == 'y' && a == 'z')",
    "(a == 'x' && a == 'y') || b in {}",
  ])('%s', (text) => expect(selectsNothing(parseSelector(text))).toBe(true))

  test.each([
    '',
    'all()',
    "a == 'x'",
    "a != 'x'",
    "a == 'x' && b == 'y'",
    "a in {'x', 'y'} && a in {'y', 'z'}",
    "a != 'x' && a != 'y'",
    "a != 'x' && !has(a)",
    "a contains 'x' && a != 'x'",
    "!(a == 'x' && a == 'y')",
    "(a == 'x' && a == 'y') || b == 'z'",
    'global()',
  ])('unlike %j', (text) => expect(selectsNothing(parseSelector(text))).toBe(false))
})

const label = fc.constantFrom('a', 'b')
const value = fc.constantFrom('', 'x', 'xy', 'y')
const text = fc.letrec<{ any: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    label.map((name) => `has(${name})`),
    fc
      .tuple(label, fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
      .map(([name, operator, it]) => `${name} ${operator} '${it}'`),
    fc
      .tuple(label, fc.constantFrom('in', 'not in'), fc.subarray(['', 'x', 'xy', 'y']))
      .map(([name, operator, all]) => `${name} ${operator} {${all.map((it) => `'${it}'`).join(', ')}}`),
  ),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('any').map((it) => `!(${it})`),
    fc
      .tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any'))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  ),
})).any

const values = [undefined, '', 'x', 'xy', 'y', 'other']
const worlds = values.flatMap((a) => values.map((b) => ({ a, b })))
const matchesSomewhere = (selector: Selector) =>
  worlds.some((labels) => matchesSelector(selector, (name) => (name === 'a' ? labels.a : labels.b)))

test('what matches some labels is never called impossible', () => {
  fc.assert(
    fc.property(text, (it) => {
      const selector = parseSelector(it)
      if (matchesSomewhere(selector)) expect(selectsNothing(selector)).toBe(false)
    }),
    { numRuns: 3000 },
  )
})
