/** Who can talk to the nodes themselves, and to whom they can, as few exact rows: blocks of ends that are alike. */
import { blocksOf } from './blocks.ts'
import { type Block, blockOf, holesOf } from './flows-between.ts'
import { areSomeApart, HostCells, type Kind, kindsOf, type Where } from './host-cells.ts'
import type { HostPeer } from './host-ends.ts'
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
  const [different, same] = (['Different', 'Same'] as const).map((where) => codedRows(cells, where, kinds))
  const holes = holesOf(routes.map)
  return joinedWhere(different ?? [], same ?? []).map(({ from, to, code, nodes }) => ({
    from: hostBlockOf(from, holes),
    to: hostBlockOf(to, holes),
    nodes,
    ...cells.of(code),
  }))
}

/** Kinds that are alike. */
interface Side extends Kind {
  /** Their numbers, ascending. */
  readonly members: readonly number[]
}

interface CodedRow {
  readonly from: Side
  readonly to: Side
  readonly code: number
}

function codedRows(cells: HostCells, where: Where, kinds: readonly Kind[]): CodedRow[] {
  const table = cells.table(where)
  const blocks = blocksOf(kinds.length, table).map((members) => sideOf(members, kinds))
  const rows = blocks.flatMap((from) =>
    blocks.flatMap((to): CodedRow[] => {
      const code = table[(from.members[0] as number) * kinds.length + (to.members[0] as number)] as number
      return code > 0 ? [{ from, to, code }] : []
    }),
  )
  return joined(rows, kinds)
}

function sideOf(members: readonly number[], kinds: readonly Kind[]): Side {
  const all = members.map((it) => kinds[it] as Kind)
  return {
    members,
    sort: (all[0] as Kind).sort,
    ends: all.flatMap(({ ends }) => ends),
    nodes: new Set(all.flatMap(({ nodes }) => [...nodes])),
  }
}

/** Those that differ for some host endpoints need not for others: what is said alike of several blocks of them is one row. */
function joined(rows: readonly CodedRow[], kinds: readonly Kind[]): CodedRow[] {
  const keyOf = ({ sort, members }: Side) => (sort === 'Host' ? members.join() : sort)
  const groups = Map.groupBy(rows, ({ from, to, code }) => `${keyOf(from)} ${keyOf(to)} ${code}`)
  return [...groups.values()].map((alike) => {
    const [from, to] = (['from', 'to'] as const).map((end) => {
      const members = new Set(alike.flatMap((row) => row[end].members))
      return sideOf(
        [...members].sort((one, other) => one - other),
        kinds,
      )
    }) as [Side, Side]
    return { from, to, code: (alike[0] as CodedRow).code }
  })
}

/** What holds on the same node and on others is one row. */
function joinedWhere(
  different: readonly CodedRow[],
  same: readonly CodedRow[],
): (CodedRow & Pick<HostRow, 'nodes'>)[] {
  const keyOf = ({ from, to, code }: CodedRow) => `${from.members} ${to.members} ${code}`
  const [apart, together] = [different, same].map((rows) => new Set(rows.map(keyOf))) as [
    Set<string>,
    Set<string>,
  ]
  const restricted = (row: CodedRow, where: Where, others: ReadonlySet<string>) => ({
    ...row,
    nodes: others.has(keyOf(row)) || !areMixed(row) ? undefined : where,
  })
  return [
    ...different.map((row) => restricted(row, 'Different', together)),
    ...same.filter((row) => !apart.has(keyOf(row))).map((row) => restricted(row, 'Same', apart)),
  ]
}

/** Are some on one node and some not? Of host endpoints of one node nothing is said anyway. */
function areMixed({ from, to }: CodedRow): boolean {
  return from.sort !== to.sort && !from.nodes.isDisjointFrom(to.nodes) && areSomeApart(from, to)
}

function hostBlockOf({ ends }: Side, holes: readonly bigint[]): HostBlock {
  const peers = ends.map(({ peer }) => peer)
  const hosts = peers.filter((peer): peer is HostPeer => peer.kind === 'Host')
  const others = peers.filter((peer): peer is SpacePeer => peer.kind !== 'Host')
  const { workloads, outside } = blockOf(others, holes)
  return { hosts, workloads, outside: joinSpans(outside, holes) }
}
