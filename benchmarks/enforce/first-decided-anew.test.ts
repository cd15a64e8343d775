import { expect, test } from 'vitest'
import { blockedInARow, firstDecidedAnew } from './first-decided-anew.ts'

/** One probe for each character: `r` reached, `b` blocked, `?` not known; sent at 0, 1, 2 … */
const probes = (text: string) =>
  [...text].map((mark, startedAt) => ({ startedAt, hasReached: mark === '?' ? undefined : mark === 'r' }))
const many = 'b'.repeat(blockedInARow)

test.each([
  { text: 'bb?r', wanted: 'Allow', expected: 3, name: 'the first that arrives shows Allow' },
  { text: 'bb??', wanted: 'Allow', expected: undefined, name: 'nothing arrived yet' },
  { text: `rrr${many}`, wanted: 'Deny', expected: 3, name: 'Deny begins after the last that arrived' },
  { text: `rbr${many}`, wanted: 'Deny', expected: 3, name: 'a single loss is not Deny' },
  {
    text: `${many}r${many}`,
    wanted: 'Deny',
    expected: 21,
    name: 'a pause is not Deny once something arrives again',
  },
  {
    text: `r${many.slice(1)}?`,
    wanted: 'Deny',
    expected: undefined,
    name: 'too few are known to be blocked',
  },
  { text: many, wanted: 'Deny', expected: 0, name: 'all were blocked from the start' },
] as const)('$name: $text', ({ text, wanted, expected }) => {
  expect(firstDecidedAnew(probes(text), wanted)).toBe(expected)
})
