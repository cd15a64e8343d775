/** The index gives all that select, whatever came and went before, and does not ask those that require labels which are not there. */
import { matchesSelector, type Selector } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requiredLabels } from './required-labels.ts'
import { SelectorIndex } from './selector-index.ts'
import { labelSets, selectors } from './selectors.testkit.ts'

interface Thing {
  readonly selector: Selector
}

test('all that select the labels are given', () => {
  fc.assert(
    fc.property(
      fc.array(selectors),
      fc.array(labelSets),
      fc.infiniteStream(fc.boolean()),
      (all, sets, chances) => {
        const things = all.map((selector): Thing => ({ selector }))
        const index = new SelectorIndex<Thing>()
        for (const it of things) index.add(it, it.selector)
        const gone = new Set(things.filter(() => chances.next().value))
        for (const it of gone) index.delete(it)
        expect(index.size).toBe(things.length - gone.size)
        for (const labels of sets) {
          const found = new Set<Thing>()
          index.eachFor(labels, (it) => found.add(it))
          const selecting = things.filter((it) => !gone.has(it) && selects(it.selector, labels))
          expect(selecting.every((it) => found.has(it))).toBe(true)
          expect(found.isDisjointFrom(gone)).toBe(true)
        }
      },
    ),
  )
})

test('whatever a selector matches meets a requirement of each list', () => {
  fc.assert(
    fc.property(selectors, labelSets, (selector, labels) => {
      if (!selects(selector, labels)) return
      for (const list of requiredLabels(selector)) {
        expect(
          list.some(({ name, value }) => labels.has(name) && [undefined, labels.get(name)].includes(value)),
        ).toBe(true)
      }
    }),
  )
})

test('of selectors that require a label that all have and one of their own, few are asked', () => {
  const index = new SelectorIndex<number>()
  const has = (label: string): Selector => ({ kind: 'Has', label })
  for (let i = 0; i < 1000; i++) {
    const operands: Selector[] = [{ kind: 'Equals', label: 'alpha', value: 'beta' }, has(`ipset-${i}`)]
    index.add(i, { kind: 'And', operands })
  }
  const asked: number[] = []
  index.eachFor(
    new Map([
      ['alpha', 'beta'],
      ['ipset-7', ''],
    ]),
    (it) => asked.push(it),
  )
  expect(asked).toContain(7)
  expect(asked.length).toBeLessThanOrEqual(2)
})

function selects(selector: Selector, labels: ReadonlyMap<string, string>): boolean {
  return matchesSelector(selector, (name) => labels.get(name))
}
