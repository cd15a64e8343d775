/** Every rule of spec/api.md 2.1, by its number there. */
import { describe, expect, test } from 'vitest'
import { issuePaths } from '../examples.testkit.ts'
import { allRules } from './all-rules.testkit.ts'

describe.each(allRules)('rule $rule: $says', ({ accepts, rejects }) => {
  test('admits what keeps to it', () => {
    for (const input of accepts) expect(issuePaths(input), shorten(input)).toEqual([])
  })

  if (rejects.length === 0) return
  test('refuses what does not, and says where', () => {
    for (const [input, path] of rejects) expect(issuePaths(input), shorten(input)).toEqual([path])
  })
})

function shorten(input: unknown): string {
  return JSON.stringify(input).slice(0, 300)
}

test('every rule has a case, once', () => {
  const numbers = allRules.map(({ rule }) => rule).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 70 }, (_, index) => index + 1))
})

test('only rules that permit something refuse nothing', () => {
  expect(allRules.filter(({ rejects }) => rejects.length === 0).map(({ rule }) => rule)).toEqual([20, 70])
})
