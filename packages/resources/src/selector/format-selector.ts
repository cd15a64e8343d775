import type { ComparisonKind, Selector } from './selector.ts'

/**
 * The canonical text: equal texts mean the same selector, and reading it gives the same tree again.
 *
 * One space around operators, sets sorted, `!` without a space, double quotes unless the value holds one, and one pair
 * of parentheses around every chain of `&&` or `||`. Nested chains of the same operator keep their parentheses.
 */
export function formatSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'All':
      return 'all()'
    case 'Global':
      return 'global()'
    case 'Has':
      return `has(${selector.label})`
    case 'In':
    case 'NotIn':
      return `${selector.label} ${setOperators[selector.kind]} {${selector.values.map(quote).join(', ')}}`
    case 'Not':
      return `!${formatSelector(selector.operand)}`
    case 'And':
    case 'Or':
      return `(${selector.operands.map(formatSelector).join(selector.kind === 'And' ? ' && ' : ' || ')})`
    default:
      return `${selector.label} ${comparisons[selector.kind]} ${quote(selector.value)}`
  }
}

const setOperators = { In: 'in', NotIn: 'not in' } as const

const comparisons: Readonly<Record<ComparisonKind, string>> = {
  Equals: '==',
  NotEquals: '!=',
  Contains: 'contains',
  StartsWith: 'starts with',
  EndsWith: 'ends with',
}

function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`
}
