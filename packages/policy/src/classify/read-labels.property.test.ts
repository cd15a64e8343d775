/** What is read of labels is what a map of the read ones says, also when other names are read by then. */
import { parseSelector } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddressSets } from '../state/address-set.ts'
import { ReadNames } from './read-names.ts'
import type { Retained } from './retained-criteria.ts'

const sets = new AddressSets({ endpoints: [], hostEndpoints: [], networkSets: [] })
const names = ['a', 'b', 'c', 'd', 'e']
const someNames = fc.uniqueArray(fc.constantFrom(...names))
const labels = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom('x', 'y'))
  .map((record) => new Map(Object.entries(record)))

test('labels that are read are those of the names that were read then', () => {
  fc.assert(
    fc.property(fc.array(labels), someNames, someNames, (all, first, second) => {
      const read = new ReadNames()
      read.change({ come: first.map(reading), gone: [], renewed: [] })
      const got = all.map((it) => read.labelsOf(it))
      read.change({ come: second.map(reading), gone: first.map(reading), renewed: [] })
      for (const it of all) read.labelsOf(it)
      for (const [i, it] of all.entries()) {
        const want = new Map([...it].filter(([name]) => first.includes(name)))
        expect(new Map(got[i])).toEqual(want)
        expect(names.map((name) => got[i]?.get(name))).toEqual(names.map((name) => want.get(name)))
      }
    }),
  )
})

function reading(label: string): Retained {
  const set = sets.resolve(parseSelector(`has(${label})`))
  return { criterion: { key: `s ${set.id}`, kind: 'Set', countsNames: false, set }, uses: 1 }
}
