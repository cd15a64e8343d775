/** Who can talk to the nodes themselves, and to whom they can, as few exact rows: blocks of ends that are alike. */
import { blocksOf } from './blocks.ts'
import { type Block, blockOf, holesOf } from './flows-between.ts'
import { areSomeApart, HostCells, type Kind, kindsOf, type Where } from './host-cells.ts'
import type { HostPeer, RouteEnd } from './host-ends.ts'
import type { HostRoutes } from './host-routes.ts'
import type { LimitedRow } from './limited-flows.ts'
import type { SpacePeer } from './peer-classes.ts'
import { joinSpans } from './span.ts'

/** All are host endpoints, or all are workloads, or all are outside. */
export interface HostBlock extends Block {
  readonly hosts: readonly HostPeer[]
}

/** It holds between each two, but for those that are one machine: a node with itself is not looked at. */
export interface HostRow extends LimitedRow {
  readonly from: HostBlock
  readonly to: HostBlock
  /** Of those only that are on the same node, or that are not. Undefined where it holds for all. */
  readonly nodes: Where | undefined
}

/** One end at least of each row is of host endpoints. */
export function hostFlows(routes: HostRoutes): HostRow[] {
  const kinds = kindsOf(routes.ends)
  if (!kinds.some(({ sort }) => sort === 'Host')) return []
  const cells = new HostCells(routes, kinds)
  const rows = (['Different', 'Same'] as const).flatMap((where) => codedRows(cells, where, kinds))
  const holes = holesOf(routes.map)
  return joined(rows).map(({ from, to, code, nodes }) => ({
    from: hostBlockOf(from, holes),
    to: hostBlockOf(to, holes),
    nodes,
    ...cells.of(code),
  }))
}

/** Kinds that are alike. */
interface Side extends Pick<Kind, 'nodes' | 'sort' | 'ends'> {
  /** Their numbers. */
  readonly text: string
}

interface CodedRow {
  readonly from: Side
  readonly to: Side
  readonly code: number
  readonly nodes: Where | undefined
}

function codedRows(cells: HostCells, where: Where, kinds: readonly Kind[]): CodedRow[] {
  const table = cells.table(where)
  const blocks = blocksOf(kinds.length, table).map((members) => ({
    first: members[0] as number,
    side: sideOf(members, kinds),
  }))
  return blocks.flatMap(({ first: row, side: from }) =>
    blocks.flatMap(({ first: column, side: to }): CodedRow[] => {
      const code = table[row * kinds.length + column] as number
      return code > 0 ? [{ from, to, code, nodes: restrictionOf(where, from, to) }] : []
    }),
  )
}

function sideOf(members: readonly number[], kinds: readonly Kind[]): Side {
  const all = members.map((it) => kinds[it] as Kind)
  return {
    text: members.join(),
    sort: (all[0] as Kind).sort,
    ends: all.flatMap(({ ends }) => ends),
    nodes: new Set(all.flatMap(({ nodes }) => [...nodes])),
  }
}

/** Nothing is said of a host endpoint and another of its node anyway. */
function restrictionOf(where: Where, from: Side, to: Side): Where | undefined {
  const isMixed = from.sort !== to.sort && !from.nodes.isDisjointFrom(to.nodes) && areSomeApart(from, to)
  return isMixed ? where : undefined
}

/** What holds on the same node and on others is one row, and so are addresses that differ for other host endpoints only. */
function joined(rows: readonly CodedRow[]): CodedRow[] {
  const byText = new Map<string, CodedRow>()
  for (const row of rows) {
    const [from, to] = [row.from, row.to].map(({ sort, text }) => (sort === 'Outside' ? sort : text))
    const key = `${from} ${to} ${row.code}`
    const known = byText.get(key)
    byText.set(key, known === undefined ? row : unite(known, row))
  }
  return [...byText.values()]
}

function unite(one: CodedRow, other: CodedRow): CodedRow {
  const [from, to] = (['from', 'to'] as const).map((end) => {
    if (one[end].sort !== 'Outside') return one[end]
    return { ...one[end], ends: [...one[end].ends, ...other[end].ends] }
  }) as [Side, Side]
  return { ...one, from, to, nodes: undefined }
}

function hostBlockOf({ ends }: Side, holes: readonly bigint[]): HostBlock {
  const peers = ends.map(({ peer }: RouteEnd) => peer)
  const hosts = peers.filter((peer): peer is HostPeer => peer.kind === 'Host')
  const others = peers.filter((peer): peer is SpacePeer => peer.kind !== 'Host')
  const { workloads, outside } = blockOf(others, holes)
  return { hosts, workloads, outside: joinSpans(outside, holes) }
}
