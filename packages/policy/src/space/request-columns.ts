/**
 * What changes for requests at each kind of receivers: each tells apart what its own rules name, before or after, and treats all others alike.
 *
 * A column has a code for each kind of sources.
 */
import type { HttpRequest } from '../model/flow.ts'
import type { HttpMatch } from '../model/rule.ts'
import type { Connectivity } from './connectivity.ts'
import { type RequestClass, requestClasses } from './http-requests.ts'
import type { JointMap } from './joint-map.ts'
import type { JointPeer } from './joint-peers.ts'
import { type EndRequests, Requests } from './requests.ts'
import type { Traffics } from './traffic.ts'

/** Requests of which the same is gained and lost at one kind of receivers. */
export interface RequestColumn {
  /** Of the receivers, in `JointMap.first`. */
  readonly at: number
  /** All that are told apart there; the same object for those who tell the same apart. */
  readonly all: readonly RequestClass[]
  /** Positions in these, ascending. */
  readonly classes: readonly number[]
  /** Of `Changes`, by kinds of sources. */
  readonly codes: Int32Array
}

/** A kind of peers that asks for requests. */
interface Receiver {
  readonly at: number
  readonly before: EndRequests | undefined
  readonly after: EndRequests | undefined
  readonly matches: readonly HttpMatch[]
}

export class RequestColumns {
  readonly #joint: JointMap
  readonly #traffics: Traffics
  readonly #requests: readonly [before: Requests, after: Requests]
  readonly #classes = new Map<string, readonly RequestClass[]>()

  /** Both maps know TCP only. */
  constructor(joint: JointMap, [old, now]: readonly [Connectivity, Connectivity]) {
    this.#joint = joint
    this.#traffics = now.traffics
    this.#requests = [new Requests(old), new Requests(now)]
  }

  /** Where it is not what is gained and lost of connections. @throws TooManyRequestsError */
  all(): RequestColumn[] {
    const connections = this.#joint.table()
    return this.#joint.first.flatMap((peer, at) => {
      const receiver = this.#receiverAt(at, peer)
      return receiver === undefined ? [] : this.#columnsOf(receiver, connections)
    })
  }

  #receiverAt(at: number, { before, after }: JointPeer): Receiver | undefined {
    const ends = [before, after].map((position, index) =>
      position === undefined ? undefined : this.#endAt(index as 0 | 1, position),
    )
    const matches = ends.flatMap((it) => it?.matches ?? [])
    if (matches.length === 0) return undefined
    return { at, before: ends[0]?.inward, after: ends[1]?.inward, matches }
  }

  #endAt(side: 0 | 1, position: number) {
    const requests = this.#requests[side]
    return { inward: requests.inward(position), matches: requests.matchesAt(position) }
  }

  #columnsOf(receiver: Receiver, connections: Int32Array): RequestColumn[] {
    const { at } = receiver
    const size = this.#joint.first.length
    const known = Int32Array.from({ length: size }, (_, row) => connections[row * size + at] as number).join()
    const all = this.#classesOf(receiver.matches)
    const columns = all.map(({ request }) => this.#codes(receiver, request))
    const groups = Map.groupBy(all.keys(), (it) => (columns[it] as Int32Array).join())
    groups.delete(known)
    return [...groups.values()].map((classes) => ({
      at,
      all,
      classes,
      codes: columns[classes[0] as number] as Int32Array,
    }))
  }

  #classesOf(matches: readonly HttpMatch[]): readonly RequestClass[] {
    const key = [...new Set(matches.map((it) => JSON.stringify(it)))].sort().join('\n')
    const found = this.#classes.get(key) ?? requestClasses(matches)
    this.#classes.set(key, found)
    return found
  }

  #codes({ at, before, after }: Receiver, request: HttpRequest): Int32Array {
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
}
