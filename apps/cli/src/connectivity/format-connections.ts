/** Who can talk to whom, for people, for scripts, and as a picture. */
import { formatRequest, type HttpRequest } from '@margay/policy'
import { formatData, isDataFormat } from '../output/data.ts'
import { renderTable } from '../output/table.ts'
import { requestToPlain } from '../query/read-http.ts'
import { type ConnectionRow, limitTexts, nodesText } from './connections.ts'
import { formatEnd, namesOf } from './ends.ts'
import { formatDot, formatMermaid, formatSvg } from './graph.ts'

export type ConnectionFormat = 'table' | 'wide' | 'json' | 'yaml' | 'csv' | 'dot' | 'svg' | 'mermaid'

const mostNames = 3

export async function formatConnections(
  rows: readonly ConnectionRow[],
  format: ConnectionFormat,
  request?: HttpRequest,
): Promise<string> {
  if (isDataFormat(format))
    return formatData(
      { ...(request && { request: requestToPlain(request) }), connections: rows.map(toPlain) },
      format,
    )
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
      if (rows.length === 0) return nothingText(request)
      return formatTable(rows, format === 'wide' ? Number.POSITIVE_INFINITY : mostNames)
  }
}

/**
 * `nodes`: of those ends only that are on the same node, or on different ones; absent where that makes no difference. `carrying`: over which connections some requests only can be made, and which; absent where each carries every one. */
function toPlain({ ipVersions, from, to, parts, text, limits, nodes }: ConnectionRow): object {
  const carrying = limits.map((limit) => ({
    connections: limit.parts,
    requests: limit.requests,
    text: limit.text,
  }))
  return {
    ipVersions,
    from,
    to,
    ...(nodes && { nodes: nodes.toLowerCase() }),
    connections: parts,
    text,
    ...(limits.length > 0 && { carrying }),
  }
}

function nothingText(request: HttpRequest | undefined): string {
  return request === undefined
    ? 'nobody can talk to anybody\n'
    : `nobody can send ${formatRequest(request)} to anybody\n`
}

function formatTable(rows: readonly ConnectionRow[], most: number): string {
  const both = rows.some(({ ipVersions }) => ipVersions.includes(6))
  const limited = areLimited(rows)
  const placed = rows.some(({ nodes }) => nodes !== undefined)
  const headings = [
    'FROM',
    'TO',
    ...(placed ? ['ON'] : []),
    ...(both ? ['IP'] : []),
    'CONNECTIONS',
    ...(limited ? ['ONLY REQUESTS'] : []),
  ]
  return renderTable(
    headings,
    rows.map((row) => [
      formatEnd(row.from, most),
      formatEnd(row.to, most),
      ...(placed ? [nodesText(row)] : []),
      ...(both ? [row.ipVersions.join(', ')] : []),
      row.text,
      ...(limited ? [limitTexts(row).join(' | ')] : []),
    ]),
  )
}

/** Only then there is a column for it. */
function areLimited(rows: readonly ConnectionRow[]): boolean {
  return rows.some(({ limits }) => limits.length > 0)
}

/** A line for each two ends. Source: RFC 4180. */
function formatCsv(rows: readonly ConnectionRow[]): string {
  const limited = areLimited(rows)
  const lines = rows.flatMap((row) =>
    membersOf(row.from).flatMap((source) =>
      membersOf(row.to)
        .filter((destination) => destination !== source && row.isAbout?.(source, destination) !== false)
        .map((destination) => [
          source,
          destination,
          row.ipVersions.join(' '),
          row.text,
          ...(limited ? [limitTexts(row).join(' | ')] : []),
        ]),
    ),
  )
  return [['from', 'to', 'ip', 'connections', ...(limited ? ['only_requests'] : [])], ...lines]
    .map((fields) => `${fields.map(quoted).join(',')}\r\n`)
    .join('')
}

function membersOf(end: ConnectionRow['from']): readonly string[] {
  return [...namesOf(end), ...end.outside]
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
