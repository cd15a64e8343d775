/** What is gained and lost, for people, for scripts, and for a pull request. */
import { formatEnd, listed } from '../connectivity/ends.ts'
import type { Io } from '../io.ts'
import { formatData, isDataFormat } from '../output/data.ts'
import { styleFor } from '../output/style.ts'
import { renderTable } from '../output/table.ts'
import { type ChangeRow, type Changes, isSame } from './differences.ts'
import { governorsText, type HostRow, wayOf } from './host-rows.ts'

export type ChangeFormat = 'table' | 'wide' | 'json' | 'yaml' | 'markdown'

const mostNames = 3

export async function formatChanges(
  changes: Changes,
  format: ChangeFormat,
  io: Pick<Io, 'stdout' | 'env'>,
): Promise<string> {
  const { rows, hosts, nodes } = changes
  const same = isSame(changes)
  if (isDataFormat(format))
    return formatData({ same, changes: rows.map(toPlain), hosts: hosts.map(toPlainHost), ...nodes }, format)
  if (format === 'markdown') return formatMarkdown(changes)
  if (same) return 'both mean the same: no connection is gained or lost\n'
  const most = format === 'wide' ? Number.POSITIVE_INFINITY : mostNames
  const parts = [connectionTable(rows, most, io), hostTable(hosts, most, io), nodeLines(nodes)]
  return parts.filter((it) => it !== '').join('\n')
}

function connectionTable(rows: readonly ChangeRow[], most: number, io: Pick<Io, 'stdout' | 'env'>): string {
  if (rows.length === 0) return ''
  const { good, bad } = styleFor(io.stdout, io.env)
  return renderTable(
    ['CHANGE', 'FROM', 'TO', 'IP', 'CONNECTIONS'],
    rows.map(({ change, from, to, ipVersions, text }) => [
      { text: change, paint: change === 'gained' ? good : bad },
      formatEnd(from, most),
      formatEnd(to, most),
      ipVersions.join(', '),
      text,
    ]),
  )
}

function hostTable(rows: readonly HostRow[], most: number, io: Pick<Io, 'stdout' | 'env'>): string {
  if (rows.length === 0) return ''
  const { good, bad } = styleFor(io.stdout, io.env)
  return renderTable(
    ['HOST ENDPOINT', 'STAGE', 'NOW', 'FROM', 'TO', 'IP', 'PACKETS'],
    rows.map((row) => [
      listed(row.hosts.map(governorsText), most),
      wayOf(row),
      { text: row.now, paint: row.now === 'allowed' ? good : bad },
      formatEnd(row.from, most),
      formatEnd(row.to, most),
      row.ipVersions.join(', '),
      row.text,
    ]),
  )
}

/** What is not worked out is said: whoever reads that nothing changes must be able to rely on it. */
function nodeLines({ settings, unclear, named }: Changes['nodes']): string {
  const lines = settings.map(({ setting, nodes }) => `${setting} differs on nodes: ${nodes.join(', ')}`)
  if (unclear.length > 0)
    lines.push(
      `which host endpoint governs an interface depends on the interface's addresses on nodes: ${unclear.join(', ')}`,
    )
  if (named.length > 0)
    lines.push(
      `rules with names of domains, or before such, are others for host endpoints: ${named.join(', ')}`,
    )
  return lines.map((line) => `${line}\n`).join('')
}

function toPlain({ change, ipVersions, from, to, text, parts, requests }: ChangeRow): object {
  return { change, ipVersions, from, to, connections: parts, ...(requests && { requests }), text }
}

function toPlainHost({ hosts, stage, direction, now, ipVersions, from, to, parts, text }: HostRow): object {
  return { hosts, stage, direction, now, ipVersions, from, to, packets: parts, text }
}

/** Source: GitHub Flavored Markdown, tables. */
function formatMarkdown({ rows, hosts, nodes }: Changes): string {
  const lines = nodeLines(nodes)
  return [
    connectionMarkdown(rows),
    ...(hosts.length === 0 ? [] : [hostMarkdown(hosts)]),
    ...(lines === '' ? [] : [lines]),
  ].join('\n')
}

function connectionMarkdown(rows: readonly ChangeRow[]): string {
  if (rows.length === 0) return '**No connection is gained or lost.**\n'
  const counts = (['gained', 'lost'] as const).map((change) => {
    const count = rows.filter((row) => row.change === change).length
    return `${count} ${change}`
  })
  return [
    `**Connections: ${counts.join(', ')}** (lines; workloads that are alike share one)`,
    '',
    '| | from | to | IP | connections |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ change, from, to, ipVersions, text }) =>
      markdownRow([
        change === 'gained' ? '➕ gained' : '➖ lost',
        formatEnd(from, mostNames),
        formatEnd(to, mostNames),
        ipVersions.join(', '),
        text,
      ]),
    ),
    '',
  ].join('\n')
}

function hostMarkdown(rows: readonly HostRow[]): string {
  return [
    '**Host endpoints decide otherwise**',
    '',
    '| host endpoint | stage | now | from | to | IP | packets |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) =>
      markdownRow([
        listed(row.hosts.map(governorsText), mostNames),
        wayOf(row),
        row.now,
        formatEnd(row.from, mostNames),
        formatEnd(row.to, mostNames),
        row.ipVersions.join(', '),
        row.text,
      ]),
    ),
    '',
  ].join('\n')
}

function markdownRow(cells: readonly string[]): string {
  const escaped = cells.map((text) => text.replace(/[|\\`*_<>[\]]/g, (it) => `\\${it}`))
  return `| ${escaped.join(' | ')} |`
}
