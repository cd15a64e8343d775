import { not, type Selector } from './selector.ts'

/** The same selector over renamed labels, such as over those that a pod inherits from its namespace. */
export function mapLabels(selector: Selector, rename: (label: string) => string): Selector {
  return replaceNode(selector, (node) =>
    'label' in node ? { ...node, label: rename(node.label) } : undefined,
  )
}

/** Replaces nodes from the leaves up; `replace` sees a node with its operands replaced, undefined keeps it. */
export function replaceNode(selector: Selector, replace: (node: Selector) => Selector | undefined): Selector {
  const rebuilt = withOperands(selector, (operand) => replaceNode(operand, replace))
  return replace(rebuilt) ?? rebuilt
}

function withOperands(selector: Selector, change: (operand: Selector) => Selector): Selector {
  if (selector.kind === 'Not') return not(change(selector.operand))
  if (selector.kind !== 'And' && selector.kind !== 'Or') return selector
  return { kind: selector.kind, operands: selector.operands.map(change) }
}
