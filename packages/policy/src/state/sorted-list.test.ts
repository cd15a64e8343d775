import fc from 'fast-check'
import { expect, test } from 'vitest'
import { edited } from './sorted-list.ts'

interface Item {
  readonly rank: number
}

const byRank = (a: Item, b: Item) => a.rank - b.rank
const items = fc.array(fc.record({ rank: fc.nat(9) }))

test('what stays and what came is in order, and the very object goes among equal ones', () => {
  fc.assert(
    fc.property(items, items, fc.infiniteStream(fc.boolean()), (before, come, chances) => {
      const sorted = before.toSorted(byRank)
      const gone = before.filter(() => chances.next().value)
      const result = edited(sorted, { gone, come }, byRank)
      expect(result).toEqual(result.toSorted(byRank))
      expect(new Set(result)).toEqual(new Set([...before, ...come]).difference(new Set(gone)))
      expect(result.every((it) => !gone.includes(it))).toBe(true)
      expect(result).toHaveLength(before.length - gone.length + come.length)
      expect(sorted).toEqual(before.toSorted(byRank))
    }),
  )
})
