import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countLeading } from './count-leading.ts'

test('as many as a look at each finds, in few questions', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 40 }), fc.nat(21), (numbers, limit) => {
      const sorted = numbers.toSorted((a, b) => a - b)
      let questions = 0
      const isBefore = (it: number) => {
        questions++
        return it < limit
      }
      expect(countLeading(sorted, isBefore)).toBe(numbers.filter((it) => it < limit).length)
      expect(questions).toBeLessThanOrEqual(Math.ceil(Math.log2(numbers.length + 1)))
    }),
  )
})
