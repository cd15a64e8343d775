/** Two maps side by side: for each two peers, what is gained or lost from the one to the other. */
import { Changes } from './changes.ts'
import { type Connectivity, notOurs } from './connectivity.ts'
import { type Block, holesOf, rowsBetween } from './flows-between.ts'
import { type JointPeer, jointPeers } from './joint-peers.ts'
import type { SpacePeer } from './peer-classes.ts'
import type { Traffic } from './traffic.ts'
import type { WorkloadPeer } from './workload-facts.ts'

export interface DifferenceRow {
  readonly from: Block
  readonly to: Block
  /** One of them at least is not empty. */
  readonly gained: Traffic
  readonly lost: Traffic
}

export class JointMap {
  readonly changes: Changes
  /** One of each kind of peers that are alike in both. */
  readonly first: readonly JointPeer[]
  readonly #maps: readonly [Connectivity, Connectivity]
  readonly #kinds: readonly (readonly SpacePeer[])[]
  readonly #holes: readonly bigint[]
  #ids: readonly [Int32Array, Int32Array] | undefined

  /** Both of the same `Traffics`. */
  constructor(old: Connectivity, now: Connectivity) {
    const peers = jointPeers(old, now)
    const kinds = [...Map.groupBy(peers, (peer) => kindOf(peer, old, now)).values()]
    this.changes = new Changes(now.traffics)
    this.first = kinds.map(([first]) => first as JointPeer)
    this.#maps = [old, now]
    this.#kinds = kinds.map((alike) => alike.map(({ peer }) => peer))
    this.#holes = holesOf(old, now)
  }

  /** What changes of connections between each two kinds: codes of `changes`, by rows of sources. */
  table(): Int32Array {
    const [was, is] = this.ids
    return was.map((id, cell) => this.changes.codeOf(id, is[cell] as number))
  }

  /** Who is of a kind, by its position in `first`. */
  workloadsOf(kind: number): WorkloadPeer[] {
    return (this.#kinds[kind] ?? []).filter((peer) => peer.kind === 'Workload')
  }

  /** The ids of what passes between each two kinds, before and after. */
  get ids(): readonly [Int32Array, Int32Array] {
    const [old, now] = this.#maps
    this.#ids ??= [
      old.table(this.first.map(({ before }) => before)),
      now.table(this.first.map(({ after }) => after)),
    ]
    return this.#ids
  }

  /** As few rows as there can be, of such a table. */
  rowsOf(codes: Int32Array): DifferenceRow[] {
    const say = (code: number) => this.changes.of(code)
    return rowsBetween({ kinds: this.#kinds, cells: codes, holes: this.#holes, say })
  }

  /** The same, where nothing changes but what some kinds get: `codes` by kinds of sources. Whom it does not concern costs next to nothing. */
  rowsAmong(columns: readonly { readonly at: number; readonly codes: Int32Array }[]): DifferenceRow[] {
    const concerned = new Set(columns.flatMap(({ at, codes }) => [at, ...changed(codes)]))
    const kinds = [...concerned].sort((one, other) => one - other)
    const peers = kinds.map((kind) => this.#kinds[kind] as readonly SpacePeer[])
    const cells = unchangedAmong(peers)
    for (const { at, codes } of columns) {
      const column = kinds.indexOf(at)
      for (const [row, kind] of kinds.entries()) cells[row * kinds.length + column] = codes[kind] as number
    }
    const say = (code: number) => this.changes.of(code)
    return rowsBetween({ kinds: peers, cells, holes: this.#holes, say })
  }
}

/** What passes between two that are outside is not ours. */
function unchangedAmong(kinds: readonly (readonly SpacePeer[])[]): Int32Array {
  const outside = kinds.map(([first]) => first?.kind === 'Outside')
  return Int32Array.from(outside.flatMap((from) => outside.map((to) => (from && to ? notOurs : 0))))
}

/** Positions of those that say something. */
function changed(codes: Int32Array): number[] {
  return [...codes.keys()].filter((row) => codes[row] !== 0)
}

function kindOf({ before, after }: JointPeer, old: Connectivity, now: Connectivity): string {
  const kinds = [before === undefined ? '' : old.kindOf(before), after === undefined ? '' : now.kindOf(after)]
  return kinds.join('|')
}
