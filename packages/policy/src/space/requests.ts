/**
 * Which HTTP requests can be made over the connections that are possible. Only rules of ingress ask for requests, and only such as allow (spec
 * 2.1, rules 27 and 28): so who receives decides, and over a connection that can't be opened there is none.
 */
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { HttpMatch } from '../model/rule.ts'
import type { Connectivity, JudgedEnd } from './connectivity.ts'
import type { Facts } from './facts.ts'
import type { Traffic } from './traffic.ts'

/** One object, so that what is known of it can be found. */
const none: readonly HttpMatch[] = []

export class Requests {
  readonly #map: Connectivity
  readonly #tcp: Traffic
  readonly #known = new Map<JudgedEnd, Map<string, Traffic>>()

  constructor(map: Connectivity) {
    this.#map = map
    this.#tcp = map.traffics.ofProtocol(protocols.tcp)
  }

  /** What is asked of requests to a peer; nothing outside, and where no rule asks: then every request is like its connection. */
  matchesAt(destination: number): readonly HttpMatch[] {
    return this.#map.inwardEnd(destination)?.judge.httpMatches ?? none
  }

  /** By positions, of two that differ: over which connections such a request can be made. */
  allowedAcross(source: number, destination: number, request: HttpRequest): Traffic {
    const { traffics } = this.#map
    const open = traffics.intersect(this.#map.allowedAcross(source, destination), this.#tcp)
    return this.allowedOver(open, this.#map.factsOf(source), destination, request)
  }

  /** Over which of these TCP connections, of a source of which this is known. */
  allowedOver(open: Traffic, source: Facts, destination: number, request: HttpRequest): Traffic {
    const end = this.#map.inwardEnd(destination)
    if (open.isEmpty || end === undefined || end.judge.httpMatches.length === 0) return open
    return this.#map.traffics.intersect(open, this.#allowedAt(end, source, request))
  }

  #allowedAt(end: JudgedEnd, peer: Facts, request: HttpRequest): Traffic {
    const ofEnd = this.#known.get(end) ?? new Map<string, Traffic>()
    this.#known.set(end, ofEnd)
    const key = `${request.method} ${request.path} ${peer.restrictedTo(end.judge.peerCriteria)}`
    const found = ofEnd.get(key) ?? this.#map.allowedAt({ ...end, packets: this.#tcp }, peer, request)
    ofEnd.set(key, found)
    return found
  }
}
