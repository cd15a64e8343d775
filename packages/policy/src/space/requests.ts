/**
 * Which HTTP requests can be made over the connections that are possible. Only rules of ingress ask for requests, and only such as allow (spec
 * 2.1, rules 27 and 28): so who receives decides, and over a connection that can't be opened there is none.
 */
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { HttpMatch } from '../model/rule.ts'
import type { Connectivity } from './connectivity.ts'
import type { Facts } from './facts.ts'
import type { RequestClass } from './http-requests.ts'
import type { JudgedEnd } from './judged-ends.ts'
import type { Traffic } from './traffic.ts'

/** One object each, so that what is known of it can be found. */
const none: readonly HttpMatch[] = []
const noClasses: readonly RequestClass[] = []

export class Requests {
  readonly #map: Connectivity
  readonly #tcp: Traffic
  readonly #known = new Map<JudgedEnd, EndRequests>()

  constructor(map: Connectivity) {
    this.#map = map
    this.#tcp = map.traffics.ofProtocol(protocols.tcp)
  }

  /** What is asked of requests to a peer; nothing outside, and where no rule asks: then every request is like its connection. */
  matchesAt(destination: number): readonly HttpMatch[] {
    return this.#map.inwardEnd(destination)?.judge.httpMatches ?? none
  }

  /** Requests to a peer, as its rules tell them apart; none where none asks. One object for those who judge alike. @throws TooManyRequestsError */
  classesAt(destination: number): readonly RequestClass[] {
    return this.#map.inwardEnd(destination)?.judge.requestClasses ?? noClasses
  }

  /** By positions, of two that differ: over which connections such a request can be made. */
  allowedAcross(source: number, destination: number, request: HttpRequest): Traffic {
    const { traffics } = this.#map
    const open = traffics.intersect(this.#map.allowedAcross(source, destination), this.#tcp)
    const inward = this.inward(destination)
    if (open.isEmpty || inward === undefined) return open
    return traffics.intersect(open, inward.allowedFrom(source, request))
  }

  /** Over which of these TCP connections, of a source that is no peer and of which this is known. */
  allowedOver(open: Traffic, source: Facts, destination: number, request: HttpRequest): Traffic {
    const inward = this.inward(destination)
    if (open.isEmpty || inward === undefined) return open
    return this.#map.traffics.intersect(open, inward.allowedFromOther(source, request))
  }

  /** What rules at a peer let in of requests; undefined where none asks for them. */
  inward(destination: number): EndRequests | undefined {
    const end = this.#map.inwardEnd(destination)
    if (end === undefined || end.judge.httpMatches.length === 0) return undefined
    const found = this.#known.get(end) ?? new EndRequests(this.#map, { ...end, packets: this.#tcp })
    this.#known.set(end, found)
    return found
  }
}

/** At those who judge alike. Of sources that they can't tell apart, one is asked about. */
export class EndRequests {
  readonly #map: Connectivity
  readonly #end: JudgedEnd
  readonly #groups = new Map<string, number>()
  /** By class of the source. */
  readonly #groupOf: (number | undefined)[] = []
  /** By request, which stands for its class and is the same object each time; by group of the source. */
  readonly #allowed = new Map<HttpRequest, (Traffic | undefined)[]>()

  constructor(map: Connectivity, end: JudgedEnd) {
    this.#map = map
    this.#end = end
  }

  /** Over which connections from a peer such a request is let in, whatever the peer may send. */
  allowedFrom(source: number, request: HttpRequest): Traffic {
    return this.#allowedOf(this.#groupAt(source), this.#map.factsOf(source), request)
  }

  /** The same, from one that is no peer. */
  allowedFromOther(source: Facts, request: HttpRequest): Traffic {
    return this.#allowedOf(this.#groupWith(source), source, request)
  }

  #allowedOf(group: number, source: Facts, request: HttpRequest): Traffic {
    const known = this.#known(request)
    known[group] ??= this.#map.allowedAt(this.#end, source, request)
    return known[group]
  }

  #known(request: HttpRequest): (Traffic | undefined)[] {
    const known = this.#allowed.get(request) ?? []
    this.#allowed.set(request, known)
    return known
  }

  #groupAt(source: number): number {
    const its = this.#map.classAt(source)
    const known = this.#groupOf[its]
    if (known !== undefined) return known
    const group = this.#groupWith(this.#map.factsOf(source))
    this.#groupOf[its] = group
    return group
  }

  #groupWith(source: Facts): number {
    const text = source.restrictedTo(this.#end.judge.peerCriteria)
    const group = this.#groups.get(text) ?? this.#groups.size
    this.#groups.set(text, group)
    return group
  }
}
