/** Node × node, or beyond a few nodes what is not encrypted, where pairs that are alike are one line. Pure. */
import type { IpVersion } from '@margay/netset'
import { ageOf } from '../output/age.ts'
import type { Style } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import type { ClusterStatus, CountedRow } from './cluster-status.ts'
import { fewNodes } from './node-table.ts'
import { type Pair, type PairState, pairAt } from './pair-states.ts'

const mostLines = 100
/** Fewer pairs that are alike are listed one by one. */
const leastGroup = 5
const mostNamed = 3

export function formatPairs(status: ClusterStatus, isWide: boolean, style: Style): string {
  const one = status.nodes.length <= fewNodes ? matrix : notEncrypted
  return status.versions.map((version) => one(status, version, isWide, style)).join('\n')
}

function matrix(
  { rows, names, versions }: ClusterStatus,
  version: IpVersion,
  isWide: boolean,
  style: Style,
): string {
  const title = versions.length > 1 ? `IPv${version}: FROM \\ TO` : 'FROM \\ TO'
  const cells = rows
    .filter((row) => row.version === version)
    .map((row) => [row.from, ...[...names].map((to) => cellOf(pairAt(row, to), isWide, style))])
  return renderTable(
    [title, ...names].map((text) => ({ text, paint: style.heading })),
    cells,
  )
}

function cellOf(pair: Pair | undefined, isWide: boolean, style: Style): Cell {
  if (pair === undefined) return '-'
  const age = isWide && pair.handshakeAgeSeconds !== undefined ? ` ${ageOf(pair.handshakeAgeSeconds)}` : ''
  return { text: `${pair.state}${age}`, paint: paintOf(pair.state, style) }
}

function paintOf(state: PairState, style: Style): Style['bad'] {
  if (state === 'encrypted') return style.good
  return state === 'clear' || state === 'dropped' ? style.bad : style.mixed
}

interface PairLine extends Pair {
  readonly from: string
  readonly to: string
}

function notEncrypted(status: ClusterStatus, version: IpVersion, _isWide: boolean, style: Style): string {
  const rows = status.rows.filter((row) => row.version === version)
  const lines = mergeSenders(
    rows.flatMap((row) => linesOf(row, status.names)),
    status.names.size,
  )
  const pairs = status.nodes.length * (status.nodes.length - 1)
  if (lines.length === 0) return `IPv${version}: all ${pairs} pairs of nodes are encrypted.\n`
  const encrypted = rows.reduce((sum, { counts }) => sum + counts.encrypted, 0)
  const cells = lines
    .slice(0, mostLines)
    .map(({ from, to, state, reason }): Cell[] => [
      from,
      to,
      { text: state, paint: paintOf(state, style) },
      reasonText(reason),
    ])
  const headings = ['FROM', 'TO', 'STATE', 'WHY'].map((text) => ({ text, paint: style.heading }))
  const more = lines.length > mostLines ? `and ${lines.length - mostLines} more lines; -o json has all\n` : ''
  return `IPv${version}: ${encrypted} of ${pairs} pairs of nodes are encrypted. The others:\n${renderTable(headings, cells)}${more}`
}

/** Of one sender: to many nodes that are alike it is one line. */
function linesOf({ from, told, others, counts }: CountedRow, names: ReadonlySet<string>): PairLine[] {
  const known = [...told].filter(([to]) => to !== from && names.has(to))
  const lines = known
    .filter(([, { state }]) => state !== 'encrypted')
    .map(([to, pair]) => ({ ...pair, from, to }))
  const alike = Map.groupBy(lines, ({ state, reason }) => `${state} ${reason}`)
  const merged = [...alike.values()].flatMap((group) => mergeReceivers(group, names.size))
  const rest = counts[others.state] - known.filter(([, { state }]) => state === others.state).length
  if (rest === 0 || others.state === 'encrypted') return merged
  return [{ ...others, from, to: rest === names.size - 1 ? 'all others' : `${rest} nodes` }, ...merged]
}

/** Few stay apart: what all others send to one of them is then one line. */
function mergeReceivers(group: readonly PairLine[], nodes: number): readonly PairLine[] {
  const [first] = group
  if (first === undefined || group.length <= fewNodes) return group
  return [
    {
      ...first,
      to: nodesText(
        group.map(({ to }) => to),
        nodes,
      ),
    },
  ]
}

/** What several senders have in common is one line. */
function mergeSenders(lines: readonly PairLine[], nodes: number): PairLine[] {
  const alike = Map.groupBy(lines, ({ to, state, reason }) => `${to} ${state} ${reason}`)
  return [...alike.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined || group.length < leastGroup) return group
    return [
      {
        ...first,
        from: nodesText(
          group.map(({ from }) => from),
          nodes,
        ),
      },
    ]
  })
}

function nodesText(names: readonly string[], nodes: number): string {
  if (names.length === nodes) return 'all nodes'
  if (names.length === nodes - 1) return 'all others'
  return `${names.length} nodes (${names.slice(0, mostNamed).join(', ')}${names.length > mostNamed ? ', …' : ''})`
}

const reasons: Readonly<Record<string, string>> = {
  NoKey: 'the receiver publishes no key',
  MalformedKey: 'what the receiver publishes is no key',
  SharedKey: 'the receiver publishes the same key as another node',
  NoAddress: 'the receiver has no address of this IP version',
  SwitchedOff: 'the sender does not encrypt',
}

function reasonText(reason: string | undefined): string {
  return reason === undefined ? '' : (reasons[reason] ?? reason)
}
