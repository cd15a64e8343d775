/**
 * What changes for requests, receiver by receiver: each tells apart what its own rules name, before or after, and treats all others alike.
 *
 * A column has a code for each kind of sources; it differs from that of connections only at receivers that ask for requests.
 */
import type { HttpRequest } from '../model/flow.ts'
import type { Connectivity } from './connectivity.ts'
import { HttpMatches } from './http-requests.ts'
import type { JointMap } from './joint-map.ts'
import type { JointPeer } from './joint-peers.ts'
import { type EndRequests, Requests } from './requests.ts'
import type { Traffics } from './traffic.ts'

/** One kind of peers that asks for requests. */
export interface Receiver {
  /** Among the kinds. */
  readonly at: number
  readonly before: EndRequests | undefined
  readonly after: EndRequests | undefined
  /** By what it asks for that a request is: the number of a column. */
  readonly known: Map<string, number>
  /** Each that differs once. */
  readonly columns: Int32Array[]
  /** Of requests that are nothing that it asks for; undefined as long as there was none. */
  usual: number | undefined
}

/** At which receivers a request gets another column than most requests, ascending. */
export type Unusual = readonly { readonly receiver: Receiver; readonly column: number }[]

export class RequestColumns {
  readonly #joint: JointMap
  readonly #traffics: Traffics
  readonly #matches: HttpMatches
  readonly #receivers: readonly Receiver[]
  /** By number of what is asked for. */
  readonly #asking = new Map<number, Receiver[]>()
  #plain: Int32Array | undefined

  /** Both maps know TCP only. `examples`: one request of each class, all that will be asked about. */
  constructor(
    joint: JointMap,
    maps: readonly [Connectivity, Connectivity],
    examples: readonly HttpRequest[],
  ) {
    this.#joint = joint
    this.#traffics = maps[0].traffics
    this.#matches = new HttpMatches(maps.flatMap(({ httpMatches }) => httpMatches))
    const requests = [new Requests(maps[0]), new Requests(maps[1])] as const
    this.#receivers = joint.first.flatMap((peer, at) => this.#receiverAt(at, peer, requests) ?? [])
    this.#findUsual(examples)
  }

  /** What tells a request from others: equal for those of which the same is gained and lost everywhere. */
  unusualFor(request: HttpRequest): Unusual {
    return [...this.#concernedBy(request)]
      .map(([receiver, asked]) => ({ receiver, column: this.#columnOf(receiver, asked, request) }))
      .filter(({ receiver, column }) => column !== receiver.usual)
      .sort((one, other) => one.receiver.at - other.receiver.at)
  }

  /** For `JointMap.rowsOf`. */
  table(unusual: Unusual): Int32Array {
    this.#plain ??= this.#withColumns(this.#joint.table(), this.#usual())
    return unusual.length === 0 ? this.#plain : this.#withColumns(this.#plain.slice(), unusual)
  }

  /** Undefined for one that asks for nothing. */
  #receiverAt(at: number, peer: JointPeer, requests: readonly [Requests, Requests]): Receiver | undefined {
    const ends = [peer.before, peer.after].map((position, index) => {
      const known = position === undefined ? undefined : requests[index as 0 | 1].inward(position)
      return known && { inward: known, matches: requests[index as 0 | 1].matchesAt(position as number) }
    })
    const matches = ends.flatMap((it) => it?.matches ?? [])
    if (matches.length === 0) return undefined
    const [before, after] = ends.map((it) => it?.inward)
    const made = { at, before, after, known: new Map(), columns: [], usual: undefined }
    for (const number of new Set(matches.map((it) => this.#matches.numberOf(it) as number))) {
      const asking = this.#asking.get(number) ?? []
      asking.push(made)
      this.#asking.set(number, asking)
    }
    return made
  }

  #findUsual(examples: readonly HttpRequest[]): void {
    let waiting = this.#receivers
    for (const request of examples) {
      if (waiting.length === 0) return
      const concerned = this.#concernedBy(request)
      for (const it of waiting) if (!concerned.has(it)) it.usual = this.#columnOf(it, [], request)
      waiting = waiting.filter(({ usual }) => usual === undefined)
    }
  }

  #usual(): Unusual {
    return this.#receivers.flatMap((receiver) =>
      receiver.usual === undefined ? [] : [{ receiver, column: receiver.usual }],
    )
  }

  /** Receivers that ask for such a request, with what they ask for, ascending. */
  #concernedBy(request: HttpRequest): Map<Receiver, number[]> {
    const found = new Map<Receiver, number[]>()
    for (const number of this.#matches.matching(request)) {
      for (const receiver of this.#asking.get(number) ?? []) {
        const asked = found.get(receiver)
        if (asked === undefined) found.set(receiver, [number])
        else asked.push(number)
      }
    }
    return found
  }

  #columnOf(receiver: Receiver, asked: readonly number[], request: HttpRequest): number {
    const key = asked.join()
    const known = receiver.known.get(key)
    if (known !== undefined) return known
    const made = this.#column(receiver, request)
    const same = receiver.columns.findIndex((it) => it.every((code, row) => code === made[row]))
    const number = same < 0 ? receiver.columns.push(made) - 1 : same
    receiver.known.set(key, number)
    return number
  }

  #column({ at, before, after }: Receiver, request: HttpRequest): Int32Array {
    const { first, changes, ids } = this.#joint
    const [was, is] = ids
    return Int32Array.from(first, (source, row) => {
      const cell = row * first.length + at
      return changes.codeOf(
        this.#letIn(was[cell] as number, before, source.before, request),
        this.#letIn(is[cell] as number, after, source.after, request),
      )
    })
  }

  /** Of connections, by id, those that the receiver lets such a request in over. */
  #letIn(id: number, to: EndRequests | undefined, from: number | undefined, request: HttpRequest): number {
    const packets = this.#traffics.withId(id)
    if (to === undefined || from === undefined || packets.isEmpty) return id
    return this.#traffics.intersect(packets, to.allowedFrom(from, request)).id
  }

  #withColumns(table: Int32Array, columns: Unusual): Int32Array {
    const size = this.#joint.first.length
    for (const { receiver, column } of columns) {
      const codes = receiver.columns[column] as Int32Array
      for (const [row, code] of codes.entries()) table[row * size + receiver.at] = code
    }
    return table
  }
}
