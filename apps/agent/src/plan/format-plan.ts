/** A plan as a person reads it. Pure. */
import { type Change, formatChange, formatElement } from '@margay/netlink/nftables'
import type { Counted } from './describe-tunnel.ts'
import type { NodePlan } from './plan-node.ts'

/** Of each change of a set; a node of a large cluster has tens of thousands. */
const mostElements = 5

/** One line each; the last one says how many changes there are. */
export function formatPlan({ nftables, node, tunnels, problems }: NodePlan): string[] {
  const encrypting = tunnels.reduce((all, { names }) => all + names.length, 0)
  return [
    ...problems,
    ...section('nftables:', nftables.flatMap(changeLines)),
    ...section('node:', node),
    ...section('encryption:', tunnels.flatMap(tunnelLines)),
    summary(nftables.length, node.length, encrypting),
  ]
}

/** Of each sort of change; a node of a large cluster has thousands of peers and routes. */
const mostNames = 5

function tunnelLines({ verb, what, names }: Counted): string[] {
  const shown = names.slice(0, mostNames).map((name) => `${verb} ${what} ${name}`)
  const hidden = names.length - shown.length
  return hidden === 0 ? shown : [...shown, `${verb} ${hidden} more ${what}s`]
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

function summary(nftables: number, node: number, encrypting: number): string {
  if (nftables + node + encrypting === 0) return 'nothing would be changed'
  const besides = encrypting === 0 ? '' : `, and ${count(encrypting)} for encryption`
  return `would make ${count(nftables)} to nftables and ${count(node)} to the node${besides}; nothing was changed`
}

function count(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`
}
