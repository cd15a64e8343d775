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

  /** The same, where nothing changes but what some kinds get: `codes` by kinds of sources. Cost: O(kinds × columns) and the square of what differs. */
  rowsAmong(columns: readonly KindColumn[]): DifferenceRow[] {
    const groups = this.#alikeIn(columns)
    const peers = groups.map((kinds) => kinds.flatMap((kind) => this.#kinds[kind] ?? []))
    const cells = unchangedAmong(peers)
    for (const { at, codes } of columns) {
      const column = groups.findIndex(([first]) => first === at)
      for (const [row, [first]] of groups.entries())
        cells[row * groups.length + column] = codes[first as number] as number
    }
    const say = (code: number) => this.changes.of(code)
    return rowsBetween({ kinds: peers, cells, holes: this.#holes, say })
  }

  /** Kinds that these say something of; those together that are no receivers and send alike. */
  #alikeIn(columns: readonly KindColumn[]): number[][] {
    const receivers = new Set(columns.map(({ at }) => at))
    const concerned = [...this.first.keys()].filter(
      (kind) => receivers.has(kind) || columns.some(({ codes }) => codes[kind] !== 0),
    )
    const keyOf = (kind: number) =>
      receivers.has(kind)
        ? `to ${kind}`
        : [this.#kinds[kind]?.[0]?.kind, ...columns.map(({ codes }) => codes[kind])].join()
    return [...Map.groupBy(concerned, keyOf).values()]
  }
}

interface KindColumn {
  readonly at: number
  readonly codes: Int32Array
}

/** What passes between two that are outside is not ours. */
function unchangedAmong(kinds: readonly (readonly SpacePeer[])[]): Int32Array {
  const cells = new Int32Array(kinds.length ** 2)
  const outside = [...kinds.keys()].filter((at) => kinds[at]?.[0]?.kind === 'Outside')
  for (const from of outside) for (const to of outside) cells[from * kinds.length + to] = notOurs
  return cells
}

function kindOf({ before, after }: JointPeer, old: Connectivity, now: Connectivity): string {
  const kinds = [before === undefined ? '' : old.kindOf(before), after === undefined ? '' : now.kindOf(after)]
  return kinds.join('|')
}
