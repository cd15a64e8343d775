import { expect, test } from 'vitest'
import { admitted, assertion } from '../examples.testkit.ts'
import { holdsCondition, withHolds } from './holds.ts'
import type { NetworkAssertion } from './schema.ts'

const generation = (n: number): NetworkAssertion => ({
  ...(admitted(assertion({})) as unknown as NetworkAssertion),
  metadata: { name: 'a', generation: n },
})
const [early, late] = ['2026-01-02T03:04:05Z', '2026-01-02T03:05:00Z']
const broken = { status: 'False', reason: 'Broken', message: 'web → db' } as const

test('a condition names the generation that was looked at, and the time of its last turn', () => {
  const first = withHolds(generation(1), broken, early)
  expect(holdsCondition(first)).toEqual({
    type: 'Holds',
    ...broken,
    observedGeneration: 1,
    lastTransitionTime: early,
  })
  const reworded = withHolds(first, { ...broken, message: 'web → cache' }, late)
  expect(holdsCondition(reworded)).toMatchObject({ message: 'web → cache', lastTransitionTime: early })
  const turned = withHolds(reworded, { status: 'True', reason: 'Proved', message: '' }, late)
  expect(holdsCondition(turned)).toMatchObject({ status: 'True', lastTransitionTime: late })
})

test('what it says already makes no other object; another generation does', () => {
  const first = withHolds(generation(1), broken, early)
  expect(withHolds(first, broken, late)).toBe(first)
  const changed = { ...first, metadata: { ...first.metadata, generation: 2 } }
  expect(holdsCondition(withHolds(changed, broken, late))?.observedGeneration).toBe(2)
})

test('a message is no longer than the schema takes', () => {
  const long = withHolds(generation(1), { ...broken, message: 'x'.repeat(40_000) }, early)
  expect(holdsCondition(long)?.message).toHaveLength(32_768)
  expect(withHolds(long, { ...broken, message: 'x'.repeat(40_000) }, late)).toBe(long)
  expect(admitted(long)).toMatchObject({ status: long.status })
})
