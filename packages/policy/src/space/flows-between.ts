/** Who can talk to whom as few exact rows: blocks of peers that are alike, and the packets that open connections between them. */
import type { Ip } from '@margay/netset'
import { blocksOf } from './blocks.ts'
import { type Connectivity, notOurs } from './connectivity.ts'
import type { OutsidePeer, SpacePeer } from './peer-classes.ts'
import { joinSpans, type Span } from './span.ts'
import type { Traffic } from './traffic.ts'
import type { WorkloadPeer } from './workload-facts.ts'

/** Peers that are alike: what one may, all may. */
export interface Block {
  readonly workloads: readonly WorkloadPeer[]
  /** Ranges of addresses, ascending and apart, of which those are meant that are not a workload's. */
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
  const { traffics } = map
  const kinds = map.kinds()
  const ids = map.table(kinds.map(([position]) => position))
  const peers = kinds.map((positions) => positions.map((position) => map.peers[position] as SpacePeer))
  return rowsBetween({
    kinds: peers,
    cells: ids,
    holes: holesOf(map),
    say: (id) => (id === traffics.none.id ? undefined : { packets: traffics.withId(id) }),
  })
}

/** Kinds of peers, and what is to be said of each two. */
export interface Cells<T> {
  /** Peers that are alike anyway. */
  readonly kinds: readonly (readonly SpacePeer[])[]
  /** A number for each two of them, by rows of sources, or `notOurs`. */
  readonly cells: Int32Array
  /** Addresses that are not outside; ascending. */
  readonly holes: readonly bigint[]
  readonly say: (cell: number) => T | undefined
  /** True: packets between any two count, and who is outside may be alike who is a workload. */
  readonly isOnTheWay?: boolean
}

/** A row for each two blocks about whose cell there is something to say. */
export function rowsBetween<T extends object>({
  kinds,
  cells,
  holes,
  say,
  isOnTheWay = false,
}: Cells<T>): (T & Pick<CellRow, 'from' | 'to'>)[] {
  const blocks = blocksOf(kinds.length, cells).map((members) => ({
    first: members[0] as number,
    block: blockOf(
      members.flatMap((kind) => kinds[kind] ?? []),
      holes,
    ),
  }))
  const rows = blocks.flatMap(({ first: row, block: from }) =>
    blocks.flatMap(({ first: column, block: to }): CellRow[] => {
      const cell = cells[row * kinds.length + column] as number
      const isAsked = cell !== notOurs && (isOnTheWay || areTwo(from, to))
      return isAsked && say(cell) !== undefined ? [{ from, to, cell }] : []
    }),
  )
  return joinOutside(rows, holes).map(({ from, to, cell }) => ({ from, to, ...(say(cell) as T) }))
}

interface CellRow {
  readonly from: Block
  readonly to: Block
  readonly cell: number
}

/** Addresses that differ for some workloads need not for others: what is said alike of several blocks of them is one row. */
function joinOutside(rows: readonly CellRow[], holes: readonly bigint[]): CellRow[] {
  const joined = new Map<unknown, Map<string, CellRow>>()
  for (const [number, row] of rows.entries()) {
    const [end, workloads] = row.from.workloads.length === 0 ? ['from', row.to] : ['to', row.from]
    const isOutside = row.from.workloads.length === 0 || row.to.workloads.length === 0
    const key = isOutside ? `${end} ${row.cell}` : String(number)
    const others = joined.get(workloads) ?? new Map<string, CellRow>()
    joined.set(workloads, others)
    const known = others.get(key)
    others.set(key, known === undefined ? row : unite(known, row, holes))
  }
  return [...joined.values()].flatMap((others) => [...others.values()])
}

function unite(one: CellRow, other: CellRow, holes: readonly bigint[]): CellRow {
  const ends = (['from', 'to'] as const).map((end): Block => {
    if (one[end].workloads.length > 0) return one[end]
    return { workloads: [], outside: joinSpans([...one[end].outside, ...other[end].outside], holes) }
  })
  return { from: ends[0] as Block, to: ends[1] as Block, cell: one.cell }
}

/** Is there a connection that policy is asked about? All of a block are workloads, or all are outside. */
function areTwo(from: Block, to: Block): boolean {
  if (from.workloads.length === 0 || to.workloads.length === 0)
    return from.workloads.length + to.workloads.length > 0
  const [first] = from.workloads
  const all = [...from.workloads, ...to.workloads]
  return all.some(({ endpoint }) => endpoint !== first?.endpoint)
}

/** `holes`: addresses that are not outside; ascending. */
export function blockOf(peers: readonly SpacePeer[], holes: readonly bigint[]): Block {
  const workloads = peers.filter((peer): peer is WorkloadPeer => peer.kind === 'Workload')
  const outside = peers.filter((peer): peer is OutsidePeer => peer.kind === 'Outside')
  return {
    workloads,
    outside: joinSpans(
      outside.flatMap(({ spans }) => spans),
      holes,
    ),
  }
}

/** Addresses that are not outside, ascending. */
export function holesOf(
  ...maps: readonly { readonly peers: readonly SpacePeer[]; readonly taken?: readonly Ip[] }[]
): bigint[] {
  const all = maps.flatMap(({ peers, taken = [] }) => [
    ...taken.map(({ value }) => value),
    ...peers.flatMap((peer) =>
      peer.kind === 'Workload' && peer.address !== undefined ? [peer.address.value] : [],
    ),
  ])
  return [...new Set(all)].sort((one, other) => (one < other ? -1 : 1))
}
