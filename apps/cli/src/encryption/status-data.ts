/** The status of encryption for programs. The shape stands in docs/guide/encryption-status.md, and only ever gets more fields. */
import type { TunnelReport } from '@margay/resources'
import { type ClusterStatus, type CountedRow, isEncrypted } from './cluster-status.ts'
import { type NodeStatus, secondsSince } from './node-status.ts'
import { pairAt } from './pair-states.ts'

/** Up to so many nodes each pair is told; beyond, `others` stands for those that are not. */
const mostNodesInFull = 200

export function statusData(status: ClusterStatus): object {
  const rows = Map.groupBy(status.rows, ({ from }) => from)
  return {
    encrypted: isEncrypted(status),
    versions: status.versions,
    nodes: status.nodes.map((node) => nodeData(node, rows.get(node.name) ?? [], status)),
  }
}

function nodeData(node: NodeStatus, rows: readonly CountedRow[], status: ClusterStatus): object {
  const { name, agent, silentSeconds, report, problems } = node
  return {
    name,
    agent: agent.toLowerCase(),
    ...(silentSeconds === undefined ? {} : { heardSecondsAgo: Math.round(silentSeconds) }),
    ...(report === undefined ? {} : { required: report.required, dropped: report.dropped }),
    tunnels: (report?.tunnels ?? []).map((tunnel) => tunnelData(tunnel, node)),
    sendsTo: rows.map((row) => rowData(row, status)),
    problems,
  }
}

function tunnelData(
  { version, interfaceName, driver, publicKey, keyMadeAt, listenPort }: TunnelReport,
  node: NodeStatus,
): object {
  const keyAgeSeconds = keyMadeAt === undefined ? undefined : secondsSince(Date.parse(keyMadeAt), node)
  return { version, interfaceName, listenPort, driver, publicKey, keyAgeSeconds }
}

function rowData(row: CountedRow, { names }: ClusterStatus): object {
  const { version, counts, told, from, others } = row
  const listed = names.size <= mostNodesInFull ? [...names] : [...told.keys()].filter((to) => names.has(to))
  const pairs = listed.filter((to) => to !== from).map((to) => ({ node: to, ...pairAt(row, to) }))
  const hasOthers = pairs.length < names.size - 1
  return { version, counts, nodes: pairs, ...(hasOthers ? { others: others.state } : {}) }
}
