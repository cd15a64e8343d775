/** What one node's agent reports ▶ how it sends to each other node. Pure; cost: what is told one by one, not all other nodes. */
import type { IpVersion } from '@margay/netset'
import type { EncryptionReport, PeerReport, TunnelReport } from '@margay/resources'
import { type NodeStatus, secondsSince } from './node-status.ts'

/**
 * `dropped`: it would be in the clear, and that must not be. `waiting`: it is to be encrypted, but there is no session; nothing is sent in the
 * clear. `unknown`: the agent of the sending node was not heard of, or tells nothing of this node.
 */
export type PairState = 'encrypted' | 'clear' | 'dropped' | 'waiting' | 'unknown'
export const pairStates: readonly PairState[] = ['encrypted', 'clear', 'dropped', 'waiting', 'unknown']

export interface Pair {
  readonly state: PairState
  /** Why it is clear or dropped. */
  readonly reason?: string
  /** Undefined: never, or it is not told. */
  readonly handshakeAgeSeconds?: number
  readonly receivedBytes?: number
  readonly sentBytes?: number
}

/** How one node sends to others. */
export interface Row {
  readonly from: string
  readonly version: IpVersion
  /** By node; also nodes that there are no more. */
  readonly told: ReadonlyMap<string, Pair>
  /** To all that are not told. */
  readonly others: Pair
}

const unknown: Pair = { state: 'unknown' }

/** `newestFirst` are all nodes, by their creation. */
export function rowOf(node: NodeStatus, version: IpVersion, newestFirst: readonly NodeStatus[]): Row {
  const { name, report } = node
  const base = { from: name, version }
  if (report === undefined) return { ...base, told: new Map(), others: unknown }
  const tunnel = report.tunnels.find((it) => it.version === version)
  if (tunnel === undefined) return { ...base, told: new Map(), others: bare(report, 'SwitchedOff') }
  const told = new Map<string, Pair>([
    ...newerThan(node, newestFirst),
    ...tunnel.peers.map((peer) => [peer[0], pairOf(peer, tunnel, node)] as const),
    ...tunnel.clear.map(([to, reason]) => [to, bare(report, reason)] as const),
  ])
  return { ...base, told, others: othersOf(tunnel, report) }
}

function bare({ required }: EncryptionReport, reason: string): Pair {
  return { state: required ? 'dropped' : 'clear', reason }
}

function pairOf(
  [to, handshake, receivedBytes, sentBytes]: PeerReport,
  { unanswered }: TunnelReport,
  node: NodeStatus,
): Pair {
  const state = handshake === 0 || unanswered.includes(to) ? 'waiting' : 'encrypted'
  const age = handshake === 0 ? undefined : secondsSince(handshake * 1000, node)
  return { state, ...(age === undefined ? {} : { handshakeAgeSeconds: age }), receivedBytes, sentBytes }
}

/** Nodes that came after the report was written: it can't speak of them. */
function newerThan({ renewedMs = 0 }: NodeStatus, newestFirst: readonly NodeStatus[]): [string, Pair][] {
  const end = newestFirst.findIndex(({ createdMs }) => createdMs <= renewedMs)
  return newestFirst.slice(0, end < 0 ? undefined : end).map(({ name }) => [name, unknown])
}

/** Those to which something is the matter are told first; who is left out beyond them is well. */
function othersOf({ counts, peers, clear }: TunnelReport, report: EncryptionReport): Pair {
  const [hasMorePeers, hasMoreClear] = [counts.peers > peers.length, counts.clear > clear.length]
  if (hasMorePeers && !hasMoreClear && counts.waiting <= peers.length) return { state: 'encrypted' }
  if (hasMoreClear && !hasMorePeers) return bare(report, 'NotTold')
  return unknown
}

/** Undefined: a node does not send to itself. */
export function pairAt({ from, told, others }: Row, to: string): Pair | undefined {
  return from === to ? undefined : (told.get(to) ?? others)
}

export type Counts = Readonly<Record<PairState, number>>

/** To nodes that there are; `names` are all. */
export function countPairs({ from, told, others }: Row, names: ReadonlySet<string>): Counts {
  const counts: Record<PairState, number> = { encrypted: 0, clear: 0, dropped: 0, waiting: 0, unknown: 0 }
  const toldOf = [...told].filter(([to]) => to !== from && names.has(to))
  for (const [, { state }] of toldOf) counts[state]++
  counts[others.state] += names.size - 1 - toldOf.length
  return counts
}

/** IP versions over which any node encrypts. */
export function versionsIn(nodes: readonly NodeStatus[]): IpVersion[] {
  const found = new Set(nodes.flatMap(({ report }) => report?.tunnels.map(({ version }) => version) ?? []))
  return [...found].sort()
}
