/** What an index finds is what the selector selects, whatever came and went, before it was first asked and after. */
import { matchesSelector, type Selector } from '@margay/resources'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LayeredLabels } from '../model/layered-labels.ts'
import type { Labels } from './selector-index.ts'
import { labelSets, selectors } from './selectors.testkit.ts'
import { SubjectIndex } from './subject-index.ts'

interface Subject {
  readonly labels: Labels
}

/** Some with labels of one layer, others with layers of which one is shared with many. */
const shared: readonly Labels[] = [
  new Map(),
  new Map([['pcns.d', 'x']]),
  new Map([
    ['pcns.d', 'y'],
    ['pcns.e', 'x'],
  ]),
]
const subjects: fc.Arbitrary<Subject> = fc
  .tuple(labelSets, fc.constantFrom(undefined, ...shared))
  .map(([labels, of]) => ({ labels: of === undefined ? labels : layered(labels, of) }))

function layered(own: Labels, of: Labels): Labels {
  return new LayeredLabels(Object.fromEntries([...own].filter(([name]) => !name.startsWith('pcns.'))), of)
}

const steps = fc.array(
  fc.record({
    come: fc.array(subjects, { maxLength: 6 }),
    goes: fc.infiniteStream(fc.boolean()),
    expected: fc.array(selectors, { maxLength: 2 }),
    asked: fc.array(selectors, { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
)

/** Of many, few go at a time or many: an index is kept, or made anew. */
const worlds = fc.record({
  first: fc.array(subjects, { maxLength: 60, size: 'max' }),
  all: steps,
  few: fc.boolean(),
})

test('it finds all that a selector selects, and nothing else', () => {
  fc.assert(
    fc.property(worlds, ({ first, all, few }) => {
      const there = new Set<Subject>(first)
      const index = new SubjectIndex(there, (it) => there.has(it))
      for (const { come, goes, expected, asked } of all) {
        const gone = [...there].filter(() => goes.next().value).slice(0, few ? 2 : undefined)
        for (const it of gone) there.delete(it)
        for (const it of come) there.add(it)
        index.update({ gone, come })
        index.expect(expected)
        for (const selector of asked) {
          const want = [...there].filter(({ labels }) =>
            matchesSelector(selector, (name) => labels.get(name)),
          )
          expect(index.selectedBy(selector)).toEqual(new Set(want))
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('a selector costs what it may select, once its labels are read', () => {
  const all = Array.from({ length: 1000 }, (_, i) => ({
    labels: new Map([
      ['app', 'web'],
      ['set', `set-${i % 100}`],
    ]),
  }))
  const index = new SubjectIndex(all, () => true)
  index.selectedBy({ kind: 'Has', label: 'set' })
  let looked = 0
  const watched = all.map(({ labels }) => ({ labels, get: labels.get.bind(labels) }))
  for (const { labels, get } of watched) {
    labels.get = (name) => {
      looked += 1
      return get(name)
    }
  }
  const equals: Selector = { kind: 'Equals', label: 'set', value: 'set-7' }
  expect(index.selectedBy(equals).size).toBe(10)
  expect(looked).toBe(0)
  expect(index.selectedBy({ kind: 'And', operands: [equals, { kind: 'Has', label: 'set' }] }).size).toBe(10)
  expect(looked).toBe(20)
})
