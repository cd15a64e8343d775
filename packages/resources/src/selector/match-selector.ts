import type { Selector } from './selector.ts'

/** The value of a label, or undefined if it is absent. */
export type LabelLookup = (name: string) => string | undefined

/**
 * Does a selector match these labels? A label that is absent satisfies `!=` and `not in`, and no other comparison.
 * `global()` is true here: only the translation of a policy's rules gives it a meaning of its own.
 * Never throws. Cost: linear in the selector.
 */
export function matchesSelector(selector: Selector, labels: LabelLookup): boolean {
  switch (selector.kind) {
    case 'All':
    case 'Global':
      return true
    case 'Not':
      return !matchesSelector(selector.operand, labels)
    case 'And':
      for (const operand of selector.operands) if (!matchesSelector(operand, labels)) return false
      return true
    case 'Or':
      for (const operand of selector.operands) if (matchesSelector(operand, labels)) return true
      return false
    default:
      return matchesValue(selector, labels(selector.label))
  }
}

type LabelSelector = Exclude<Selector, { kind: 'All' | 'Global' | 'Not' | 'And' | 'Or' }>

function matchesValue(selector: LabelSelector, value: string | undefined): boolean {
  if (value === undefined) return selector.kind === 'NotEquals' || selector.kind === 'NotIn'
  switch (selector.kind) {
    case 'Has':
      return true
    case 'Equals':
      return value === selector.value
    case 'NotEquals':
      return value !== selector.value
    case 'Contains':
      return value.includes(selector.value)
    case 'StartsWith':
      return value.startsWith(selector.value)
    case 'EndsWith':
      return value.endsWith(selector.value)
    case 'In':
      return selector.values.includes(value)
    case 'NotIn':
      return !selector.values.includes(value)
  }
}
