import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BySet } from './by-set.ts'

test('equal sets are one, whatever their order, and others are others', () => {
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(fc.nat(6))), (lists) => {
      const known = new BySet<number, string>()
      const textOf = (list: readonly number[]) => list.toSorted((a, b) => a - b).join()
      for (const list of lists) {
        const text = textOf(list)
        expect(known.of(new Set(list), () => text)).toBe(text)
        expect(known.of(new Set(list.toReversed()), () => 'made again')).toBe(text)
      }
    }),
  )
})

test('what was cleared is made again', () => {
  const known = new BySet<string, object>()
  const make = () => ({})
  const first = known.of(new Set(['a']), make)
  expect(known.of(new Set(['a']), make)).toBe(first)
  known.clear()
  expect(known.of(new Set(['a']), make)).not.toBe(first)
})
