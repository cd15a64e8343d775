/**
 * Selectors: boolean expressions over labels, as the `selector` fields of the projectcalico.org/v3 API hold them.
 *
 * Trees come from `parseSelector` or from the builders below. These keep three promises that formatting relies on: a
 * double negation is no negation, the values of a set are sorted and unique, and every label and value can be written.
 */
import { compareUtf8 } from './compare-utf8.ts'
import { SelectorError } from './selector-error.ts'

export type Selector =
  | { readonly kind: 'All' }
  | { readonly kind: 'Global' }
  | { readonly kind: 'Has'; readonly label: string }
  | { readonly kind: ComparisonKind; readonly label: string; readonly value: string }
  | { readonly kind: 'In' | 'NotIn'; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: 'Not'; readonly operand: Selector }
  | { readonly kind: 'And' | 'Or'; readonly operands: readonly Selector[] }

export type ComparisonKind = 'Equals' | 'NotEquals' | 'Contains' | 'StartsWith' | 'EndsWith'

/** Matches everything. */
export function all(): Selector {
  return { kind: 'All' }
}

/** The label is there, with whatever value. */
export function has(label: string): Selector {
  return { kind: 'Has', label: checkedLabel(label) }
}

/** The label is there with exactly this value. */
export function equals(label: string, value: string): Selector {
  return { kind: 'Equals', label: checkedLabel(label), value: checkedValue(value) }
}

/** The label is there with one of these values; of no values, it matches nothing. */
export function isIn(label: string, values: Iterable<string>): Selector {
  return { kind: 'In', label: checkedLabel(label), values: sortedValues(Array.from(values, checkedValue)) }
}

/** The label is absent, or has none of these values. */
export function isNotIn(label: string, values: Iterable<string>): Selector {
  return { kind: 'NotIn', label: checkedLabel(label), values: sortedValues(Array.from(values, checkedValue)) }
}

/** Matches what the operand does not match. */
export function not(operand: Selector): Selector {
  return operand.kind === 'Not' ? operand.operand : { kind: 'Not', operand }
}

/** Matches what all operands match: of none, everything. */
export function and(...operands: readonly Selector[]): Selector {
  const [only] = operands
  if (only === undefined) return all()
  return operands.length === 1 ? only : { kind: 'And', operands }
}

/** Matches what at least one operand matches: of none, nothing. */
export function or(...operands: readonly Selector[]): Selector {
  const [only] = operands
  if (only === undefined) return not(all())
  return operands.length === 1 ? only : { kind: 'Or', operands }
}

/** In the order of their UTF-8 bytes, each once: equal sets give equal lists. */
export function sortedValues(values: readonly string[]): string[] {
  return [...new Set(values)].sort(compareUtf8)
}

/** The longest label name that the grammar takes, in characters. */
export const longestLabel = 512

const unwritableInLabel = /[^A-Za-z0-9_./-]/

function checkedLabel(label: string): string {
  const position = label.search(unwritableInLabel)
  if (position >= 0)
    throw new SelectorError(label, position, 'a label name of letters, digits, "_", ".", "/" and "-"')
  if (label.length < 1 || label.length > longestLabel) {
    throw new SelectorError(label, 0, `a label name of 1 to ${longestLabel} characters`)
  }
  return label
}

/** The grammar knows no escapes, so that a value with both kinds of quotes has no written form. */
function checkedValue(value: string): string {
  if (!value.includes('"') || !value.includes("'")) return value
  const position = Math.max(value.indexOf('"'), value.indexOf("'"))
  throw new SelectorError(value, position, 'a value with at most one of the two kinds of quotes')
}
