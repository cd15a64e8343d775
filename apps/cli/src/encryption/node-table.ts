/** A line for each node, or beyond a few for nodes that are alike. Pure. */
import type { TunnelReport } from '@margay/resources'
import { ageOf } from '../output/age.ts'
import type { Style } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import type { ClusterStatus, CountedRow } from './cluster-status.ts'
import { type NodeStatus, secondsSince } from './node-status.ts'

/** So many are listed one by one. */
export const fewNodes = 16
/** Fewer that are alike are. */
const leastGroup = 5

interface Line {
  readonly row: CountedRow
  readonly tunnel: TunnelReport | undefined
  readonly keyAge: number | undefined
}

export function formatNodes(status: ClusterStatus, isWide: boolean, style: Style): string {
  const lines = status.rows.map(lineOf)
  const groups =
    isWide || status.nodes.length <= fewNodes
      ? lines.map((line) => [line])
      : [...Map.groupBy(lines, likeness).values()].flatMap(splitSmall)
  const isBoth = status.versions.length > 1
  const wide = isWide ? ['INTERFACE', 'PORT', 'PUBLIC KEY'] : []
  const headings = ['NODE', ...(isBoth ? ['IP'] : []), ...columns, ...wide]
  return renderTable(
    headings.map((text) => ({ text, paint: style.heading })),
    groups.map((group) => cellsOf(group, isBoth, isWide, style)),
  )
}

const columns = [
  'DRIVER',
  'KEY AGE',
  'ENCRYPTED',
  'WAITING',
  'CLEAR',
  'UNKNOWN',
  'DROPPED',
  'REQUIRED',
  'AGENT',
]

function lineOf(row: CountedRow): Line {
  const tunnel = row.node.report?.tunnels.find(({ version }) => version === row.version)
  const keyAge =
    tunnel?.keyMadeAt === undefined ? undefined : secondsSince(Date.parse(tunnel.keyMadeAt), row.node)
  return { row, tunnel, keyAge }
}

function likeness({ row, tunnel }: Line): string {
  const { version, counts, node } = row
  const { agent, report } = node
  return JSON.stringify([
    version,
    driverOf(node, tunnel),
    counts,
    agent,
    report?.required,
    report?.dropped.packets === 0,
  ])
}

function splitSmall(group: readonly Line[]): (readonly Line[])[] {
  return group.length < leastGroup ? group.map((line) => [line]) : [group]
}

/** All that is not counted up is the same for all of a group. */
function cellsOf(group: readonly Line[], isBoth: boolean, isWide: boolean, style: Style): Cell[] {
  const { row, tunnel } = group[0] as Line
  const { counts, node, version } = row
  const bad = counts.clear + counts.dropped
  return [
    group.length === 1 ? node.name : `${group.length} nodes`,
    ...(isBoth ? [String(version)] : []),
    driverOf(node, tunnel),
    keyAgeOf(group),
    String(counts.encrypted),
    painted(counts.waiting, style.mixed),
    painted(bad, style.bad),
    painted(counts.unknown, style.mixed),
    node.report === undefined ? '-' : packets(group),
    node.report === undefined ? '-' : node.report.required ? 'yes' : 'no',
    agentOf(node, group.length > 1),
    ...(isWide
      ? [tunnel?.interfaceName ?? '-', String(tunnel?.listenPort ?? '-'), tunnel?.publicKey ?? '-']
      : []),
  ]
}

function driverOf({ report }: NodeStatus, tunnel: TunnelReport | undefined): string {
  if (report === undefined) return 'unknown'
  return tunnel === undefined ? 'off' : (tunnel.driver ?? 'no device')
}

function keyAgeOf(group: readonly Line[]): string {
  const ages = group.flatMap(({ keyAge }) => keyAge ?? [])
  if (ages.length === 0) return '-'
  const oldest = ageOf(Math.max(...ages))
  return group.length === 1 ? oldest : `up to ${oldest}`
}

function packets(group: readonly Line[]): string {
  return String(group.reduce((sum, { row }) => sum + (row.node.report?.dropped.packets ?? 0), 0))
}

function painted(count: number, paint: Style['bad']): Cell {
  return count === 0 ? '0' : { text: String(count), paint }
}

function agentOf({ agent, silentSeconds = 0 }: NodeStatus, isGroup: boolean): string {
  if (agent === 'None') return 'none'
  const word = agent === 'Running' ? 'running' : 'silent'
  if (isGroup) return word
  return agent === 'Running' ? `${ageOf(silentSeconds)} ago` : `silent for ${ageOf(silentSeconds)}`
}
