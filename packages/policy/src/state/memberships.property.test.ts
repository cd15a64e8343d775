/** Members that were followed are those that would be found anew, of sets that are kept and of those that are not any more. */
import { admitAll, hostWorlds, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddressSets } from './address-set.ts'
import { LiveInheritance } from './live-inheritance.ts'
import { LiveSubjects } from './live-subjects.ts'
import { Problems } from './problems.ts'
import { tableDelta } from './resource-table.ts'
import { selectors } from './selectors.testkit.ts'

const cases = fc.record({
  worlds: fc.array(hostWorlds(smallCast), { minLength: 2, maxLength: 4 }),
  selectors: fc.array(selectors, { minLength: 1, maxLength: 5 }),
  released: fc.infiniteStream(fc.boolean()),
  asked: fc.infiniteStream(fc.boolean()),
})

test('whenever they were asked for before, members are who is selected now', () => {
  fc.assert(
    fc.property(cases, ({ worlds, selectors, released, asked }) => {
      const inheritance = new LiveInheritance()
      const subjects = new LiveSubjects(inheritance, new Problems(({ object }) => object))
      const sets = new AddressSets(subjects.selectable)
      const all = selectors.map((selector) => sets.resolve(selector))
      sets.retain(all)
      let before = admitAll([])
      for (const objects of worlds) {
        const after = admitAll(objects)
        const changes = tableDelta([
          ...before.map((it) => ({ before: it, after: undefined })),
          ...after.map((it) => ({ before: undefined, after: it })),
        ])
        sets.update(subjects.update(changes, inheritance.update(changes)))
        sets.release(all.filter(() => released.next().value && released.next().value))
        for (const set of all.filter(() => asked.next().value)) {
          expect(new Set(set.endpoints)).toEqual(selected(subjects.endpoints.values()))
          expect(new Set(set.hostEndpoints)).toEqual(selected(subjects.hostEndpoints.values()))
          expect(set.nets).toEqual([...selected(subjects.networkSets)].flatMap(({ nets }) => nets))

          function selected<T extends { readonly labels: ReadonlyMap<string, string> }>(of: Iterable<T>) {
            return new Set([...of].filter(({ labels }) => set.selects(labels)))
          }
        }
        before = after
      }
    }),
    { numRuns: 60 },
  )
}, 300_000)
