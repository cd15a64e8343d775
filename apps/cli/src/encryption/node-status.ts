/** Nodes and leases of an API ▶ what is known of each node's encryption. Pure. */
import {
  agentLeaseSeconds,
  type EncryptionReport,
  encryptionReportAnnotation,
  parseEncryptionReport,
  type ResourceObject,
  wireguardRotateAnnotation,
  wireguardRotationOf,
} from '@margay/resources'

export interface NodeStatus {
  readonly name: string
  /** `None`: there is no lease. `Silent`: it was not renewed for 60 s, so nothing counts that it says. */
  readonly agent: 'Running' | 'Silent' | 'None'
  /** Milliseconds since 1970 by the node's own clock: when its agent was heard of last. */
  readonly renewedMs: number | undefined
  /** Since then, by the reader's clock; never negative. */
  readonly silentSeconds: number | undefined
  /** By the server's clock. */
  readonly createdMs: number
  /** Of an agent that runs; undefined: it tells nothing of encryption. */
  readonly report: EncryptionReport | undefined
  /** A line for each, of the agent's or of the Node. */
  readonly problems: readonly string[]
}

/** By name. */
export function nodeStatuses(
  nodes: readonly ResourceObject[],
  leases: readonly ResourceObject[],
  now: Date,
): NodeStatus[] {
  const byName = new Map(leases.map((lease) => [lease.metadata.name, lease]))
  const statuses = nodes.map((node) => nodeStatus(node, byName.get(node.metadata.name), now))
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function nodeStatus(node: ResourceObject, lease: ResourceObject | undefined, now: Date): NodeStatus {
  const renewedMs = renewalOf(lease)
  const silentSeconds = renewedMs === undefined ? undefined : Math.max(0, now.getTime() - renewedMs) / 1000
  const agent =
    silentSeconds === undefined ? 'None' : silentSeconds > agentLeaseSeconds ? 'Silent' : 'Running'
  const report = parseEncryptionReport(lease?.metadata.annotations?.[encryptionReportAnnotation])
  const told = agent === 'Running' ? report : undefined
  return {
    name: node.metadata.name,
    agent,
    renewedMs,
    silentSeconds,
    createdMs: Date.parse(node.metadata.creationTimestamp ?? '') || 0,
    report: told,
    problems: [...(told?.problems ?? []), ...problemsOf(node)],
  }
}

function renewalOf(lease: ResourceObject | undefined): number | undefined {
  const ms = Date.parse((lease?.spec as { renewTime?: string } | undefined)?.renewTime ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

function problemsOf(node: ResourceObject): string[] {
  if (wireguardRotationOf(node) !== 'Malformed') return []
  return [`the annotation ${wireguardRotateAnnotation} of the Node is no RFC 3339 time`]
}

/**
 * How long ago something was by the node's clock. Both times are of that clock; that of the reader counts for nothing but the time since the
 * node was heard of.
 */
export function secondsSince(ms: number, { renewedMs, silentSeconds }: NodeStatus): number | undefined {
  if (renewedMs === undefined || silentSeconds === undefined) return undefined
  return Math.max(0, Math.round((renewedMs - ms) / 1000 + silentSeconds))
}
