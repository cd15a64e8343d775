import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AscendingLists } from './ascending-lists.ts'

const numbers = fc.uniqueArray(fc.nat(60), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b))

test('the lists are read as one that is sorted, whatever is left out on the way', () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 5 }), fc.array(fc.nat(9)), (lists, steps) => {
      const all = new AscendingLists(lists)
      let from = 0
      for (const step of steps) {
        from += step
        const least = Math.min(...lists.flat().filter((number) => number >= from))
        expect(all.next(from)).toBe(least)
      }
    }),
  )
})
