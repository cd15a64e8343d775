/** A plan as a person reads it. Pure. */
import { type Change, formatChange, formatElement } from '@margay/netlink/nftables'
import type { NodePlan } from './plan-node.ts'

/** Of each change of a set; a node of a large cluster has tens of thousands. */
const mostElements = 5

/** One line each; the last one says how many changes there are. */
export function formatPlan({ nftables, node, problems }: NodePlan): string[] {
  return [
    ...problems,
    ...section('nftables:', nftables.flatMap(changeLines)),
    ...section('node:', node),
    summary(nftables.length, node.length),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]
}

function changeLines(change: Change): string[] {
  return [formatChange(change), ...elementLines(change).map((line) => `  ${line}`)]
}

function elementLines(change: Change): string[] {
  if (change.do !== 'add-elements' && change.do !== 'delete-elements') return []
  const { set, elements } = change
  const shown = Array.from(Iterator.from(elements).take(mostElements), (element) =>
    formatElement(set, element),
  )
  const hidden = elements.length - shown.length
  return hidden === 0 ? shown : [...shown, `and ${hidden} more`]
}

function summary(nftables: number, node: number): string {
  if (nftables + node === 0) return 'nothing would be changed'
  return `would make ${count(nftables)} to nftables and ${count(node)} to the node; nothing was changed`
}

function count(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`
}
