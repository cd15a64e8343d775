/** What is gained and lost, for people, for scripts, and for a pull request. */
import { formatEnd } from '../connectivity/ends.ts'
import type { Io } from '../io.ts'
import { formatData, isDataFormat } from '../output/data.ts'
import { styleFor } from '../output/style.ts'
import { renderTable } from '../output/table.ts'
import type { ChangeRow, Changes } from './differences.ts'

export type ChangeFormat = 'table' | 'wide' | 'json' | 'yaml' | 'markdown'

const mostNames = 3

export async function formatChanges(
  { rows, hosts }: Changes,
  format: ChangeFormat,
  { stdout, env }: Pick<Io, 'stdout' | 'env'>,
): Promise<string> {
  const same = rows.length === 0 && hosts.length === 0
  if (isDataFormat(format)) return formatData({ same, changes: rows.map(toPlain), hosts }, format)
  if (format === 'markdown') return formatMarkdown(rows) + hostsText(hosts, '\n')
  if (same) return 'both mean the same: no connection is gained or lost\n'
  if (rows.length === 0) return hostsText(hosts)
  const { good, bad } = styleFor(stdout, env)
  const most = format === 'wide' ? Number.POSITIVE_INFINITY : mostNames
  const table = renderTable(
    ['CHANGE', 'FROM', 'TO', 'IP', 'CONNECTIONS'],
    rows.map(({ change, from, to, ipVersions, text }) => [
      { text: change, paint: change === 'gained' ? good : bad },
      formatEnd(from, most),
      formatEnd(to, most),
      ipVersions.join(', '),
      text,
    ]),
  )
  return table + hostsText(hosts)
}

/** What is not worked out is said: whoever reads that nothing changes must be able to rely on it. */
function hostsText(hosts: readonly string[], before = ''): string {
  if (hosts.length === 0) return ''
  return `${before}not compared: what host endpoints decide, of which the policies are not the same: ${hosts.join(', ')}\n`
}

function toPlain({ change, ipVersions, from, to, text, parts, requests }: ChangeRow): object {
  return { change, ipVersions, from, to, connections: parts, ...(requests && { requests }), text }
}

/** Source: GitHub Flavored Markdown, tables. */
function formatMarkdown(rows: readonly ChangeRow[]): string {
  if (rows.length === 0) return '**No connection is gained or lost.**\n'
  const counts = (['gained', 'lost'] as const).map((change) => {
    const count = rows.filter((row) => row.change === change).length
    return `${count} ${change}`
  })
  const escaped = (text: string) => text.replace(/[|\\`*_<>[\]]/g, (it) => `\\${it}`)
  const lines = rows.map(({ change, from, to, ipVersions, text }) => {
    const sign = change === 'gained' ? '➕ gained' : '➖ lost'
    const ends = [from, to].map((end) => escaped(formatEnd(end, mostNames)))
    return `| ${[sign, ...ends, ipVersions.join(', '), escaped(text)].join(' | ')} |`
  })
  return [
    `**Connections: ${counts.join(', ')}** (lines; workloads that are alike share one)`,
    '',
    '| | from | to | IP | connections |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}
