import { expect, test } from 'vitest'
import { decisionLoad } from './decision-load.ts'

test('half of the questions are answered with yes, and a little more: operators may edit policies everywhere', () => {
  expect(decisionLoad(20).decide(120)).toBe(60 + 2)
})
