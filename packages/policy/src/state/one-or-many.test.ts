import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countOf, eachOf, type OneOrMany, withOne, withoutOne } from './one-or-many.ts'

test('it holds what a set would hold', () => {
  const steps = fc.array(fc.record({ isAdded: fc.boolean(), name: fc.constantFrom('a', 'b', 'c') }))
  fc.assert(
    fc.property(steps, (all) => {
      const model = new Set<string>()
      let held: OneOrMany<string> | undefined
      for (const { isAdded, name } of all) {
        if (isAdded) model.add(name)
        else model.delete(name)
        held = isAdded ? withOne(held, name) : withoutOne(held, name)
        const found: string[] = []
        eachOf(held, (it) => found.push(it))
        expect(found.sort()).toEqual([...model].sort())
        expect(countOf(held)).toBe(model.size)
        expect(held === undefined).toBe(model.size === 0)
      }
    }),
  )
})
