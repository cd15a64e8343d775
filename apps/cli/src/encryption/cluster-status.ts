/** How encryption stands between all nodes. Pure. */
import type { IpVersion } from '@margay/netset'
import type { ResourceObject } from '@margay/resources'
import { type NodeStatus, nodeStatuses } from './node-status.ts'
import { type Counts, countPairs, type Row, rowOf, versionsIn } from './pair-states.ts'

export interface ClusterStatus {
  readonly nodes: readonly NodeStatus[]
  readonly names: ReadonlySet<string>
  /** Over which any node encrypts. */
  readonly versions: readonly IpVersion[]
  /** One for each version and node, both in order. */
  readonly rows: readonly CountedRow[]
}

export interface CountedRow extends Row {
  readonly node: NodeStatus
  readonly counts: Counts
}

export function clusterStatus(
  nodeObjects: readonly ResourceObject[],
  leases: readonly ResourceObject[],
  now: Date,
): ClusterStatus {
  const nodes = nodeStatuses(nodeObjects, leases, now)
  const names = new Set(nodes.map(({ name }) => name))
  const versions = versionsIn(nodes)
  const newestFirst = nodes.toSorted((a, b) => b.createdMs - a.createdMs)
  const rows = versions.flatMap((version) =>
    nodes.map((node) => {
      const row = rowOf(node, version, newestFirst)
      return { ...row, node, counts: countPairs(row, names) }
    }),
  )
  return { nodes, names, versions, rows }
}

/** Every node sends to every other one encrypted, and is known to. */
export function isEncrypted({ nodes, versions, rows }: ClusterStatus): boolean {
  if (nodes.length < 2) return true
  return versions.length > 0 && rows.every(({ counts }) => counts.encrypted === nodes.length - 1)
}
