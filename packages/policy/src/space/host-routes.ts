/**
 * Who can talk to the nodes themselves, and to whom they can, exactly, in one IP version: what `evaluateRoute` says of one packet, for all.
 *
 * A packet passes the node that sends it, and then the one that gets it; workloads are on nodes too. What one node may send to itself, and
 * what others send to each other, is not looked at: see `Connectivity` for those. Nothing is translated on the way.
 */
import type { IpVersion } from '@margay/netset'
import type { PeerMatch } from '../model/rule.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { Connectivity, type ConnectivityOptions } from './connectivity.ts'
import { hostPeers, type RouteEnd, routeEnds } from './host-ends.ts'
import { HostMeanings } from './host-meanings.ts'
import { Judges } from './judges.ts'
import { NodePaths, nodesOf, type PathEnds } from './node-paths.ts'
import { type Traffic, Traffics } from './traffic.ts'
import { peerFacts } from './workload-facts.ts'

export type HostRoutesOptions = Omit<ConnectivityOptions, 'judges' | 'taken'>

export class HostRoutes {
  readonly version: IpVersion
  readonly traffics: Traffics
  /** Workloads, and addresses outside, of which none is a host endpoint's. */
  readonly map: Connectivity
  /** The host endpoints first, then the peers of the map. */
  readonly ends: readonly RouteEnd[]
  readonly #packets: Traffic
  readonly #judges: Judges
  readonly #paths: NodePaths

  constructor(state: PolicyState, version: IpVersion, options: HostRoutesOptions = {}) {
    this.version = version
    this.traffics = options.traffics ?? new Traffics()
    this.#packets = options.packets ?? this.traffics.all
    const { traffics } = this
    const judges = new Judges({ traffics, version, request: options.request })
    this.#judges = judges
    const meanings = new HostMeanings({ state, view: options, judges, traffics })
    const hosts = hostPeers(state, version)
    const nodes = nodesOf(state)
    const taken = hosts.flatMap(({ address }) => (address === undefined ? [] : [address]))
    const sides = [...(options.sides ?? []), nodes]
    this.map = new Connectivity(state, version, { ...options, traffics, judges, taken, sides })
    const places = hosts.map(({ address }) => ({ endpoint: undefined, address }))
    const facts = peerFacts(places, judges.table.criteria)
    this.ends = routeEnds({ state, map: this.map, meanings, hosts, facts })
    this.#paths = new NodePaths({ state, version, judges, meanings, map: this.map }, nodes)
  }

  /** One of them at least is a host endpoint, and they are on one node if either is on one. @throws RangeError for others */
  allowed(source: RouteEnd, destination: RouteEnd): Traffic {
    return areTogether(source, destination)
      ? this.allowedTogether(source, destination)
      : this.allowedApart(source, destination)
  }

  /** As if they were on two nodes that differ. */
  allowedApart(source: RouteEnd, destination: RouteEnd): Traffic {
    const ends = { source, destination }
    const out = this.#outOf(source, ends)
    const packets = out.isEmpty ? out : this.traffics.intersect(out, this.#into(destination, ends))
    return this.traffics.intersect(packets, this.#packets)
  }

  /** A host endpoint and a workload, of one node. */
  allowedTogether(source: RouteEnd, destination: RouteEnd): Traffic {
    const ends = { source, destination }
    const [from, to] = [source.peer, destination.peer]
    const packets =
      from.kind === 'Host' && to.kind === 'Workload'
        ? this.#paths.sent(nodeOf(source), ends, to.endpoint.interfaceName)
        : from.kind === 'Workload' && to.kind === 'Host'
          ? this.#paths.arriving(nodeOf(destination), ends, from.endpoint.interfaceName, undefined)
          : this.traffics.all
    return this.traffics.intersect(packets, this.#packets)
  }

  /** What no setting forbids whatever policy says: tunnels of workloads, and tunnels to a node from others than nodes. */
  possible(source: RouteEnd, destination: RouteEnd): Traffic {
    const sent = source.position === undefined ? this.traffics.all : this.map.packetsFrom(source.position)
    if (destination.peer.kind !== 'Host') return sent
    return this.traffics.subtract(sent, this.#paths.refused(nodeOf(destination), source))
  }

  /** Is an end one of those that a side means, as in a rule? It must be one of `sides`. */
  fits({ facts }: RouteEnd, side: PeerMatch): boolean {
    return facts.fits(this.#judges.table.sideOf(side))
  }

  #outOf(end: RouteEnd, ends: PathEnds): Traffic {
    const { peer, node, position } = end
    if (peer.kind === 'Outside') return this.traffics.all
    if (peer.kind === 'Host') return this.#paths.sent(nodeOf(end), ends, nodeOf(end).uplink)
    if (node === undefined) return this.map.allowedWith(position as number, 'Egress', ends.destination.facts)
    return this.#paths.arriving(node, ends, peer.endpoint.interfaceName, node.uplink)
  }

  #into(end: RouteEnd, ends: PathEnds): Traffic {
    const { peer, node, position } = end
    if (peer.kind === 'Outside') return this.traffics.all
    if (peer.kind === 'Host') return this.#paths.arriving(nodeOf(end), ends, nodeOf(end).uplink, undefined)
    if (node === undefined) return this.map.allowedWith(position as number, 'Ingress', ends.source.facts)
    return this.#paths.arriving(node, ends, node.uplink, peer.endpoint.interfaceName)
  }
}

/** Are both on one node, as far as is known? */
export function areTogether({ node }: Pick<RouteEnd, 'node'>, other: Pick<RouteEnd, 'node'>): boolean {
  return node !== undefined && node.name === other.node?.name
}

function nodeOf({ node }: RouteEnd): NonNullable<RouteEnd['node']> {
  if (node === undefined) throw new RangeError('a host endpoint without a node')
  return node
}
