/** Do assertions hold of which a side is host endpoints? As `Pairs` has it of others, with all stages on the way through nodes. */
import type { NetworkAssertion } from '@margay/resources'
import type { Route, RouteHost } from '../evaluate/evaluate-route.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { PeerMatch } from '../model/rule.ts'
import { type Found, meansHost, meansHosts, type Sides } from './asserted-sides.ts'
import { askedTraffic } from './asserted-traffic.ts'
import { type Kind, kindsOf } from './host-cells.ts'
import type { RouteEnd } from './host-ends.ts'
import { areTogether, type HostRoutes } from './host-routes.ts'
import type { Traffic } from './traffic.ts'
import { peerOf, witnessPacket } from './witness.ts'

type Pair = readonly [from: RouteEnd, to: RouteEnd]

/** All that one IP version has of pairs. */
export class HostPairs {
  readonly #routes: HostRoutes

  constructor(routes: HostRoutes) {
    this.#routes = routes
  }

  check({ assertion: { spec }, from, to }: Sides): Found {
    const { traffics, version } = this.#routes
    const asked = askedTraffic(spec, version, traffics)
    let isVacuous = true
    if (asked.isEmpty) return { isVacuous, counterExample: undefined }
    const destinations = this.#fitting(spec.to, to)
    for (const source of this.#fitting(spec.from, from)) {
      for (const destination of destinations) {
        for (const pair of pairsOf(source, destination)) {
          isVacuous = false
          const wrong = this.#wrong(spec.require, pair, asked)
          const route = wrong.isEmpty ? undefined : this.#routeOf(pair, wrong)
          if (route !== undefined) return { isVacuous, counterExample: route.flow, route }
        }
      }
    }
    return { isVacuous, counterExample: undefined }
  }

  /** A side that does not mean host endpoints means everybody, host endpoints by their addresses. */
  #fitting(side: NetworkAssertion['spec']['from'], match: PeerMatch): Kind[] {
    const isMeant = (end: RouteEnd) =>
      meansHosts(side) ? end.peer.kind === 'Host' && meansHost(side, end.peer) : this.#routes.fits(end, match)
    return kindsOf(this.#routes.ends.filter(isMeant))
  }

  #wrong(require: 'never' | 'always', [from, to]: Pair, asked: Traffic): Traffic {
    const { traffics } = this.#routes
    const allowed = this.#routes.allowed(from, to)
    if (require === 'never') return traffics.intersect(allowed, asked)
    return traffics.subtract(traffics.intersect(asked, this.#routes.possible(from, to)), allowed)
  }

  #routeOf([from, to]: Pair, wrong: Traffic): Route | undefined {
    const { version } = this.#routes
    const packet = witnessPacket(wrong, version)
    if (packet === undefined) return undefined
    const [source, destination] = [from, to].map(({ peer }) =>
      peer.kind === 'Host' ? { endpoint: undefined, address: peer.address } : peerOf(peer, version),
    ) as [FlowPeer, FlowPeer]
    const flow = { source, destination, ipVersion: version, ...packet }
    return { flow, from: hostOf(from), to: hostOf(to) }
  }
}

function hostOf({ peer }: RouteEnd): RouteHost | undefined {
  return peer.kind === 'Host' ? { node: peer.host.node, endpoint: peer.host } : undefined
}

/** Two that are not on one node, and a host endpoint and a workload of one, as far as there are such. */
function pairsOf(source: Kind, destination: Kind): Pair[] {
  if (source.sort !== 'Host' && destination.sort !== 'Host') return []
  const apart = find(source, destination, (from, to) => !areTogether(from, to))
  const together = source.sort === destination.sort ? undefined : find(source, destination, areTogether)
  return [apart, together].filter((pair) => pair !== undefined)
}

function find(
  { ends }: Kind,
  destination: Kind,
  areMeant: (from: RouteEnd, to: RouteEnd) => boolean,
): Pair | undefined {
  for (const from of ends) {
    const to = destination.ends.find((it) => areMeant(from, it))
    if (to !== undefined) return [from, to]
  }
  return undefined
}
