/** Selectors of both APIs against labels, node by node. Source: spec/api.md 3.2; Kubernetes API, meta/v1 LabelSelector. */
import { type LabelSelector, parseSelector, type Selector } from '@margay/resources'

export type Labels = ReadonlyMap<string, string>
export type Lookup = (label: string) => string | undefined

/** What the two calls mean where a selector stands; by themselves both are true. */
export interface Calls {
  readonly all: boolean
  readonly global: boolean
}

/** Throws SelectorError on text that is no selector. */
export function matchesText(
  text: string,
  label: Lookup,
  calls: Calls = { all: true, global: true },
): boolean {
  return matchesNode(parseSelector(text), label, calls)
}

function matchesNode(node: Selector, label: Lookup, calls: Calls): boolean {
  switch (node.kind) {
    case 'All':
      return calls.all
    case 'Global':
      return calls.global
    case 'Not':
      return !matchesNode(node.operand, label, calls)
    case 'And':
      return node.operands.every((operand) => matchesNode(operand, label, calls))
    case 'Or':
      return node.operands.some((operand) => matchesNode(operand, label, calls))
    default:
      return matchesValue(node, label(node.label))
  }
}

type LabelNode = Extract<Selector, { label: string }>

/** An absent label is unequal to everything and in no list. */
function matchesValue(node: LabelNode, value: string | undefined): boolean {
  switch (node.kind) {
    case 'Has':
      return value !== undefined
    case 'Equals':
      return value === node.value
    case 'NotEquals':
      return value !== node.value
    case 'In':
      return value !== undefined && node.values.includes(value)
    case 'NotIn':
      return value === undefined || !node.values.includes(value)
    case 'Contains':
      return value?.includes(node.value) === true
    case 'StartsWith':
      return value?.startsWith(node.value) === true
    case 'EndsWith':
      return value?.endsWith(node.value) === true
  }
}

/** An absent selector and an empty one match everything. */
export function matchesLabelSelector(selector: LabelSelector | undefined, label: Lookup): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => label(key) === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = label(key)
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isListed = value !== undefined && values.includes(value)
      return operator === 'In' ? isListed : !isListed
    })
  )
}
