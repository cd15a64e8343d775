/** Who can talk to whom, for people, for scripts, and as a picture. */
import { formatData, isDataFormat } from '../output/data.ts'
import { renderTable } from '../output/table.ts'
import type { ConnectionRow } from './connections.ts'
import { formatEnd } from './ends.ts'
import { formatDot, formatMermaid, formatSvg } from './graph.ts'

export type ConnectionFormat = 'table' | 'wide' | 'json' | 'yaml' | 'csv' | 'dot' | 'svg' | 'mermaid'

const mostNames = 3

export async function formatConnections(
  rows: readonly ConnectionRow[],
  format: ConnectionFormat,
): Promise<string> {
  if (isDataFormat(format)) return formatData({ connections: rows.map(toPlain) }, format)
  switch (format) {
    case 'csv':
      return formatCsv(rows)
    case 'dot':
      return formatDot(rows)
    case 'svg':
      return formatSvg(rows)
    case 'mermaid':
      return formatMermaid(rows)
    default:
      return formatTable(rows, format === 'wide' ? Number.POSITIVE_INFINITY : mostNames)
  }
}

function toPlain({ ipVersions, from, to, parts, text }: ConnectionRow): object {
  return { ipVersions, from, to, connections: parts, text }
}

function formatTable(rows: readonly ConnectionRow[], most: number): string {
  if (rows.length === 0) return 'nobody can talk to anybody\n'
  const both = rows.some(({ ipVersions }) => ipVersions.includes(6))
  const headings = ['FROM', 'TO', ...(both ? ['IP'] : []), 'CONNECTIONS']
  return renderTable(
    headings,
    rows.map(({ from, to, ipVersions, text }) => [
      formatEnd(from, most),
      formatEnd(to, most),
      ...(both ? [ipVersions.join(', ')] : []),
      text,
    ]),
  )
}

/** A line for each two ends. Source: RFC 4180. */
function formatCsv(rows: readonly ConnectionRow[]): string {
  const lines = rows.flatMap(({ from, to, ipVersions, text }) =>
    membersOf(from).flatMap((source) =>
      membersOf(to)
        .filter((destination) => destination !== source)
        .map((destination) => [source, destination, ipVersions.join(' '), text]),
    ),
  )
  return [['from', 'to', 'ip', 'connections'], ...lines]
    .map((fields) => `${fields.map(quoted).join(',')}\r\n`)
    .join('')
}

function membersOf({ workloads, outside }: ConnectionRow['from']): readonly string[] {
  return [...workloads, ...outside]
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
