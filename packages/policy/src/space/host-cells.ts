/** What passes between each two kinds of ends of which one is of host endpoints, by a number for each different answer. */
import { protocols } from '../model/protocol.ts'
import type { RouteEnd } from './host-ends.ts'
import type { HostRoutes } from './host-routes.ts'
import { carriedText, type LimitedRow, limitsOf } from './limited-flows.ts'
import { Requests } from './requests.ts'
import type { Traffic } from './traffic.ts'

/** Ends that all nodes treat alike. */
export interface Kind {
  readonly ends: readonly RouteEnd[]
  readonly sort: RouteEnd['peer']['kind']
  /** Names of the nodes that they are on; undefined for none that is known. */
  readonly nodes: ReadonlySet<string | undefined>
}

export type Where = 'Same' | 'Different'
export type HostCell = Pick<LimitedRow, 'packets' | 'limits'>
type Pair = readonly [from: RouteEnd, to: RouteEnd]

export function kindsOf(ends: readonly RouteEnd[]): Kind[] {
  return [...Map.groupBy(ends, ({ key }) => key).values()].map((members) => ({
    ends: members,
    sort: (members[0] as RouteEnd).peer.kind,
    nodes: new Set(members.map(({ node }) => node?.name)),
  }))
}

/** Are there two that are not on one node? */
export function areSomeApart(one: Pick<Kind, 'nodes'>, other: Pick<Kind, 'nodes'>): boolean {
  return one.nodes.union(other.nodes).size > 1
}

/** Not of host endpoints: nothing is said of those here. Kinds of different sorts are never alike. */
const notOfHosts = { Host: 0, Workload: -1, Outside: -2 }

export class HostCells {
  readonly #routes: HostRoutes
  readonly #kinds: readonly Kind[]
  readonly #requests: Requests
  readonly #together: ReadonlyMap<string, Pair>
  readonly #byText = new Map<string, number>()
  readonly #byCode: (HostCell | undefined)[] = [undefined]

  constructor(routes: HostRoutes, kinds: readonly Kind[]) {
    this.#routes = routes
    this.#kinds = kinds
    this.#requests = new Requests(routes.map)
    this.#together = pairsTogether(kinds)
  }

  /** By rows of sources; 0 where nothing passes, or where there are no two, and less where no end is a host endpoint. */
  table(where: Where): Int32Array {
    const kinds = this.#kinds
    const cells = new Int32Array(kinds.length ** 2)
    for (const [row, from] of kinds.entries()) {
      for (const [column, to] of kinds.entries()) {
        const isOfHosts = from.sort === 'Host' || to.sort === 'Host'
        cells[row * kinds.length + column] = isOfHosts
          ? this.#codeAt(where, row, column)
          : 3 * notOfHosts[from.sort] + notOfHosts[to.sort]
      }
    }
    return cells
  }

  /** @throws RangeError for a code that says nothing */
  of(code: number): HostCell {
    const found = this.#byCode[code]
    if (found === undefined) throw new RangeError(`nothing passes by ${code}`)
    return found
  }

  #codeAt(where: Where, row: number, column: number): number {
    const { map } = this.#routes
    const pair = where === 'Same' ? this.#together.get(`${row} ${column}`) : this.#apart(row, column)
    if (pair === undefined) return 0
    const [from, to] = pair
    const packets =
      where === 'Same' ? this.#routes.allowedTogether(from, to) : this.#routes.allowedApart(from, to)
    if (packets.isEmpty) return 0
    const isAsked = where === 'Different' && to.position !== undefined && map.httpMatches.length > 0
    return this.#codeOf(packets, isAsked ? this.#limitsOf(packets, from, to.position as number) : [])
  }

  #codeOf(packets: Traffic, limits: HostCell['limits']): number {
    const text = carriedText(packets, limits)
    const code = this.#byText.get(text) ?? this.#byCode.push({ packets, limits }) - 1
    this.#byText.set(text, code)
    return code
  }

  /** As between workloads: who receives decides about requests. A workload's own node is not asked about by its policy. */
  #limitsOf(packets: Traffic, { facts }: RouteEnd, position: number): HostCell['limits'] {
    const { traffics } = this.#routes
    const open = traffics.intersect(packets, traffics.ofProtocol(protocols.tcp))
    const pieces = this.#requests.classesAt(position).map((of) => ({
      of,
      packets: this.#requests.allowedOver(open, facts, position, of.request),
    }))
    return limitsOf(open, pieces, traffics)
  }

  #apart(row: number, column: number): Pair | undefined {
    const [from, to] = [this.#kinds[row], this.#kinds[column]] as [Kind, Kind]
    return areSomeApart(from, to) ? [from.ends[0] as RouteEnd, to.ends[0] as RouteEnd] : undefined
  }
}

/** A host endpoint and a workload of one node, of each two kinds that have such: by their numbers, in both directions. */
function pairsTogether(kinds: readonly Kind[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  const placed = kinds.flatMap(({ ends }, kind) => ends.map((end) => ({ kind, end })))
  const onNodes = placed.filter(({ end }) => end.node !== undefined)
  for (const members of Map.groupBy(onNodes, ({ end }) => end.node?.name).values()) {
    const hosts = members.filter(({ end }) => end.peer.kind === 'Host')
    const workloads = members.filter(({ end }) => end.peer.kind === 'Workload')
    for (const host of hosts) {
      for (const workload of workloads) {
        pairs.set(`${host.kind} ${workload.kind}`, [host.end, workload.end])
        pairs.set(`${workload.kind} ${host.kind}`, [workload.end, host.end])
      }
    }
  }
  return pairs
}
