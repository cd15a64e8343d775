/** The connectivity matrix for people: who reaches whom, at which ports, and for what is blocked, why. */
import { formatReason } from '@margay/policy'
import type { Style } from '../output/style.ts'
import { type Cell, renderTable } from '../output/table.ts'
import { formatConnection, formatPort } from './connections.ts'
import type { Finding } from './measure.ts'
import { disagreements } from './measure.ts'

/** One row for each source, one column for each destination; `all`, `-`, or the ports that are open. */
export function formatMatrix(findings: readonly Finding[], style: Style): string {
  const names = [
    ...new Set(findings.flatMap(({ connection }) => [connection.from.key, connection.to.key])),
  ].sort()
  const cells = Map.groupBy(findings, ({ connection }) => cellKey(connection.from.key, connection.to.key))
  const rows = names.map((from): Cell[] => [
    from,
    ...names.map((to) => (from === to ? '.' : formatCell(cells.get(cellKey(from, to)) ?? [], style))),
  ])
  return renderTable(['FROM \\ TO', ...names], rows)
}

function cellKey(from: string, to: string): string {
  return `${from} ${to}`
}

function formatCell(findings: readonly Finding[], style: Style): Cell {
  if (findings.length === 0) return { text: 'no port', paint: style.faint }
  const open = findings.filter(isOpen)
  if (open.length === findings.length) return { text: 'all', paint: style.good }
  if (open.length === 0) return { text: '-', paint: style.bad }
  return { text: openPorts(findings).join(' '), paint: style.mixed }
}

/** A port that only one family reaches says which. */
function openPorts(findings: readonly Finding[]): string[] {
  const byPort = Map.groupBy(findings, ({ connection }) => formatPort(connection))
  return [...byPort].flatMap(([port, both]) => {
    const open = both.filter(isOpen)
    if (open.length === 0) return []
    return open.length === both.length ? port : `${port}(v${open[0]?.connection.version})`
  })
}

function isOpen({ decision, reached }: Finding): boolean {
  return reached ?? decision.verdict === 'Allow'
}

/** A line for each connection that is blocked, with the tier, the policy and the rule that blocked it. */
export function formatBlocked(findings: readonly Finding[]): string {
  const blocked = findings.filter((finding) => !isOpen(finding))
  const lines = Map.groupBy(blocked, ({ connection, decision }) =>
    [
      connection.from.key,
      connection.to.key,
      formatPort(connection),
      formatReason(decision) ?? 'unknown',
    ].join('\n'),
  )
  const rows = [...lines.keys()].map((line) => line.split('\n'))
  return rows.length === 0 ? '' : renderTable(['FROM', 'TO', 'PORT', 'BLOCKED BY'], rows)
}

/** A line for each connection that does otherwise than policy says; empty when kernel and policy agree. */
export function formatDisagreements(findings: readonly Finding[]): string {
  return disagreements(findings)
    .map(({ connection, decision, reached }) => {
      const did = reached ? 'got through' : 'did not get through'
      return `${formatConnection(connection)} ${did}, but policy says ${decision.verdict}\n`
    })
    .join('')
}

/** For scripts: one object for each connection. */
export function matrixAsData(findings: readonly Finding[]) {
  return findings.map(({ connection, decision, reached }) => ({
    from: connection.from.key,
    to: connection.to.key,
    port: formatPort(connection),
    ipVersion: connection.version,
    verdict: decision.verdict,
    ...(reached === undefined ? {} : { reached }),
    ...(decision.verdict === 'Deny' ? { blockedBy: formatReason(decision) } : {}),
  }))
}
