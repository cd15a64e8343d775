/** A list has the classes that were added and are not gone. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddressClass } from './address-class.ts'
import { ClassList } from './class-list.ts'

/** How often each class that comes is added, and which of those that are there go: all at once, and then one by one. */
const step = fc.record({
  come: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 4 }),
  gone: fc.array(fc.nat({ max: 9 })),
})

test('whatever comes and goes, it has what is there', () => {
  fc.assert(
    fc.property(fc.array(step), (all) => {
      const list = new ClassList()
      const there = new Map<AddressClass, number>()
      for (const { come, gone } of all) {
        for (const times of come) {
          const it = newClass()
          for (let i = 0; i < times; i++) list.add(it)
          there.set(it, times)
        }
        const going = new Set(gone.map((i) => [...there.keys()][i]).filter((it) => it !== undefined))
        for (const it of going) it.members = 0
        for (const it of going) {
          for (let i = there.get(it) ?? 0; i > 0; i--) list.noteGone()
          there.delete(it)
        }
        expect(new Set(list.values())).toEqual(new Set(there.keys()))
        expect(list.size).toBe([...there.values()].reduce((sum, times) => sum + times, 0))
      }
    }),
  )
})

function newClass(): AddressClass {
  const nothing = { identities: [], endpoints: [], netLists: [], services: [] }
  const made = new AddressClass({ key: 'h', version: 4, kind: 'Hosts', ...nothing })
  made.members = 1
  return made
}
