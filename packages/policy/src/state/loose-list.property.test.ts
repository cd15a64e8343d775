/** What is in a list is what came and did not go, however late its going was noted. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LooseList } from './loose-list.ts'

/** How many come, how many of the first go, and how many of those that went are noted: all of them before somebody asks. */
const steps = fc.array(fc.record({ come: fc.nat(4), go: fc.nat(4), note: fc.nat(6), asks: fc.boolean() }))

test('a list has what is there', () => {
  fc.assert(
    fc.property(steps, (all) => {
      let next = 1
      const there = new Set([0])
      const list = new LooseList(0)
      const isThere = (it: number) => there.has(it)
      let unnoted = 0
      const note = (count: number) => {
        for (let i = 0; i < count; i++) list.noteGone(isThere)
        unnoted -= count
      }
      for (const { come, go, note: noted, asks } of all) {
        for (let i = 0; i < come; i++, next++) {
          there.add(next)
          list.add(next)
        }
        const gone = [...there].slice(0, go)
        for (const it of gone) there.delete(it)
        unnoted += gone.length
        note(asks ? unnoted : Math.min(noted, unnoted))
        expect(list.size).toBe(there.size + unnoted)
        if (asks) expect(listed(list, isThere)).toEqual([...there])
      }
    }),
  )
})

function listed(list: LooseList<number>, isThere: (it: number) => boolean): number[] {
  const found: number[] = []
  list.each(isThere, (it) => found.push(it))
  return found.sort((a, b) => a - b)
}
