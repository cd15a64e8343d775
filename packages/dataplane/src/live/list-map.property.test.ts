/** A map of lists is the set of its pairs. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ListMap } from './list-map.ts'

const step = fc.record({
  kind: fc.constantFrom('add', 'remove', 'delete'),
  key: fc.nat({ max: 2 }),
  value: fc.constantFrom('a', 'b', 'c'),
})

test('after any steps it has what was added and not removed, each once, in the order in which it came', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const lists = new ListMap<number, string>()
      const want = new Map([0, 1, 2].map((key) => [key, new Set<string>()]))
      for (const { kind, key, value } of steps) {
        const there = want.get(key) ?? expect.fail(String(key))
        if (kind === 'add') {
          lists.add(key, value)
          there.add(value)
        } else if (kind === 'remove') {
          lists.remove(key, value)
          there.delete(value)
        } else {
          lists.delete(key)
          there.clear()
        }
        for (const [at, values] of want) expect(lists.of(at)).toEqual([...values])
      }
    }),
  )
})
