import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LabelSelector, LabelSelectorRequirement } from '../kinds/label-selector/schema.ts'
import { matchesSelector, parseSelector } from '../selector/index.ts'
import { labelSelectorToSelector, namespaceSelectorText, podSelectorText } from './label-selector.ts'

type Labels = Readonly<Record<string, string>>

/** Kubernetes' own definition, requirement by requirement. */
function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const allEqual = Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  return allEqual && matchExpressions.every((requirement) => holds(requirement, labels))
}

function holds({ key, operator, values = [] }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels[key]
  if (operator === 'Exists') return value !== undefined
  if (operator === 'DoesNotExist') return value === undefined
  const isMember = value !== undefined && values.includes(value)
  return operator === 'In' ? isMember : !isMember
}

const key = fc.constantFrom('a', 'b', 'example.com/c')
const value = fc.constantFrom('', 'x', 'y')
// What no object can carry as a label: a selector may still ask for it.
const wrongKey = fc.constantFrom('', 'a b', '"', 'a/b/c')
const wrongValue = fc.constantFrom(`"'`, 'not a value', '-')
const anyKey = fc.oneof({ weight: 9, arbitrary: key }, wrongKey)
const anyValue = fc.oneof({ weight: 9, arbitrary: value }, wrongValue)

const labelSelector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(anyKey, anyValue, { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.record({
        key: anyKey,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.array(anyValue, { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
)
const labels: fc.Arbitrary<Labels> = fc.dictionary(key, value)

test('a converted selector selects what Kubernetes selects', () => {
  fc.assert(
    fc.property(labelSelector, labels, (selector, own) => {
      expect(matchesSelector(labelSelectorToSelector(selector), (name) => own[name])).toBe(
        selects(selector, own),
      )
    }),
    { numRuns: 500 },
  )
})

test('its text is a selector of the same meaning, for namespaces and, of Kubernetes endpoints only, for pods', () => {
  fc.assert(
    fc.property(labelSelector, labels, (selector, own) => {
      const want = selects(selector, own)
      const pod: Labels = { ...own, 'projectcalico.org/orchestrator': 'k8s' }
      const podSelector = parseSelector(podSelectorText(selector))
      expect(matchesSelector(parseSelector(namespaceSelectorText(selector)), (name) => own[name])).toBe(want)
      expect(matchesSelector(podSelector, (name) => pod[name])).toBe(want)
      expect(matchesSelector(podSelector, (name) => own[name])).toBe(false)
    }),
  )
})

test.each([
  [undefined, 'all()'],
  [{}, 'all()'],
  [{ matchLabels: { b: '2', a: '1' } }, '(a == "1" && b == "2")'],
  [{ matchExpressions: [{ key: 'a', operator: 'In' as const, values: ['y', 'x'] }] }, 'a in {"x", "y"}'],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn' as const, values: ['x'] }] }, 'a not in {"x"}'],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists' as const }] }, 'has(a)'],
  [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' as const }] }, '!has(a)'],
])('%j is written %s', (selector, text) => {
  expect(namespaceSelectorText(selector)).toBe(text)
})
