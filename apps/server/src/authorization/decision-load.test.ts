import { expect, test } from 'vitest'
import { decisionLoad } from './decision-load.ts'

test('half of the questions are answered with yes, and a little more: operators may edit policies everywhere', () => {
  expect(decisionLoad(20).decide(120)).toBe(60 + 2)
})

test('a decision costs microseconds', () => {
  const load = decisionLoad(1000)
  load.decide(20_000)
  const start = performance.now()
  load.decide(100_000)
  const microseconds = ((performance.now() - start) * 1000) / 100_000
  // It is about one on an idle machine; this only tells a look-up from a walk through all bindings.
  expect(microseconds).toBeLessThan(50)
})
