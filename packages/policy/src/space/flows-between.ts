/** Who can talk to whom as few exact rows: blocks of peers that are alike, and the packets that open connections between them. */
import { blocksOf } from './blocks.ts'
import { type Connectivity, notOurs, type OutsidePeer, type SpacePeer } from './connectivity.ts'
import type { Span } from './span.ts'
import type { Traffic } from './traffic.ts'
import type { WorkloadPeer } from './workload-facts.ts'

/** Peers that are alike: what one may, all may. */
export interface Block {
  readonly workloads: readonly WorkloadPeer[]
  /** Addresses outside of the cluster; ascending and apart. */
  readonly outside: readonly Span[]
}

export interface BlockRow {
  readonly from: Block
  readonly to: Block
  /** Not empty. */
  readonly packets: Traffic
}

/** What passes between whom. Within a block it is between each two that differ: a workload may always talk to itself. */
export function flowsBetween(map: Connectivity): BlockRow[] {
  const kinds = map.kinds()
  const size = kinds.length
  const ids = map.table(kinds.map(([position]) => position))
  const blocks = blocksOf(size, ids)
  const made = blocks.map((members) =>
    blockOf(
      members.flatMap((kind) => (kinds[kind] ?? []).map((position) => map.peers[position] as SpacePeer)),
    ),
  )
  return blocks.flatMap(([row = 0], i) =>
    blocks.flatMap(([column = 0], j): BlockRow[] => {
      const [from, to] = [made[i] as Block, made[j] as Block]
      const id = ids[row * size + column] as number
      if (id === notOurs || id === map.traffics.none.id || !areTwo(from, to)) return []
      return [{ from, to, packets: map.traffics.withId(id) }]
    }),
  )
}

/** Is there a connection that policy is asked about? All of a block are workloads, or all are outside. */
export function areTwo(from: Block, to: Block): boolean {
  if (from === to) return from.workloads.length > 1
  return from.workloads.length > 0 || to.workloads.length > 0
}

export function blockOf(peers: readonly SpacePeer[]): Block {
  const workloads = peers.filter((peer): peer is WorkloadPeer => peer.kind === 'Workload')
  const outside = peers.filter((peer): peer is OutsidePeer => peer.kind === 'Outside')
  return { workloads, outside: joinSpans(outside.flatMap(({ spans }) => spans)) }
}

function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of spans.toSorted((one, other) => (one.first < other.first ? -1 : 1))) {
    const previous = joined.at(-1)
    if (previous === undefined || previous.last + 1n < span.first) joined.push(span)
    else joined[joined.length - 1] = { first: previous.first, last: span.last }
  }
  return joined
}
