/**
 * What one node lets pass of all packets between two ends: as `evaluatePath` has it of one packet, without destination NAT.
 *
 * Source: spec/dataplane.md 1.2 to 1.10, 2.2 and 10.
 */
import { hostCidr, type Ip, type IpVersion } from '@margay/netset'
import { neighbourDiscoveryTypes, sourceProblem } from '../evaluate/evaluate-path.ts'
import type { RouteNode } from '../evaluate/evaluate-route.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import { protocols } from '../model/protocol.ts'
import { anyPeer, type Direction, type PeerMatch } from '../model/rule.ts'
import type { HostStage } from '../state/effective-host-policy.ts'
import type { PolicyState } from '../state/policy-state.ts'
import { isWorkloadInterface } from '../state/resolve-host-endpoints.ts'
import type { Connectivity } from './connectivity.ts'
import type { Facts } from './facts.ts'
import { type HostMeanings, hostStages } from './host-meanings.ts'
import type { HostOutcome, HostStageJudge } from './host-stage.ts'
import type { Judges } from './judges.ts'
import { everyNumber, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'
import { tunnelPackets } from './tunnel-packets.ts'

/** One of the two between whom packets go. */
export interface PathEnd {
  readonly facts: Facts
  readonly address: Ip | undefined
  /** Of a workload, among the peers of the map. */
  readonly position: number | undefined
}

export interface PathEnds {
  readonly source: PathEnd
  readonly destination: PathEnd
}

/** An interface of a node; undefined: a process of it. */
export type Way = string | undefined

interface PathsContext {
  readonly state: PolicyState
  readonly version: IpVersion
  readonly judges: Judges
  readonly meanings: HostMeanings
  /** Who the workloads are. */
  readonly map: Connectivity
}

/** Packets on their way: those that a stage accepted, and those that none did. */
interface Marked {
  readonly accepted: Traffic
  readonly open: Traffic
}

const loopback = 'lo'

/** By what a judge can tell of two sides. */
type Outcomes = Map<string, HostOutcome>

export class NodePaths {
  readonly #context: PathsContext
  readonly #traffics: Traffics
  readonly #nodes: PeerMatch
  readonly #positions: ReadonlyMap<unknown, number>
  readonly #outcomes = new Map<HostStageJudge, Outcomes>()

  /** `nodes`: those that tunnels connect, a side by which the map tells peers apart. */
  constructor(context: PathsContext, nodes: PeerMatch) {
    this.#context = context
    this.#traffics = context.map.traffics
    this.#nodes = nodes
    this.#positions = new Map(
      context.map.peers.flatMap((it, i) => (it.kind === 'Workload' ? [[it.endpoint, i] as const] : [])),
    )
  }

  /** Of what comes in by an interface. */
  arriving(node: RouteNode, ends: PathEnds, from: string, to: Way): Traffic {
    const start = this.#isWorkload(node, from)
      ? this.#fromWorkload(node, ends, from)
      : this.#tracked(node, ends, from)
    const marked = this.#ask(start, node, from, 'PreDNAT', 'Ingress', ends)
    return to === undefined
      ? this.#input(node, ends, from, marked)
      : this.#forward(node, ends, from, to, marked)
  }

  /** Of what processes of the node send. */
  sent(node: RouteNode, ends: PathEnds, to: Way): Traffic {
    const traffics = this.#traffics
    const name = to ?? loopback
    const { accepted, open } = this.#ask(this.#all, node, name, 'Untracked', 'Egress', ends)
    if (this.#isWorkload(node, name)) return traffics.unite(accepted, open)
    const { betweenNodes, wireguard } = this.#tunnels(node)
    const carried = this.#isNode(ends.destination) ? traffics.unite(betweenNodes, wireguard) : wireguard
    const { denied } = this.#outcome(node, name, 'Normal', 'Egress', ends)
    return traffics.unite(accepted, this.#without(open, this.#without(denied, carried)))
  }

  /** Tunnels between nodes to a node, from one that is none. */
  refused(node: RouteNode, source: PathEnd): Traffic {
    return this.#isNode(source) ? this.#traffics.none : this.#tunnels(node).betweenNodes
  }

  #tracked(node: RouteNode, ends: PathEnds, from: string): Marked {
    return this.#ask(this.#all, node, from, 'Untracked', 'Ingress', ends)
  }

  #fromWorkload({ name }: RouteNode, { source }: PathEnds, from: string): Marked {
    const { state } = this.#context
    const problem = sourceProblem(state.endpointBehind(name, from), source.address, state.settingsOf(name))
    return problem === undefined ? this.#all : this.#none
  }

  #forward(node: RouteNode, ends: PathEnds, from: string, to: string, { accepted, open }: Marked): Traffic {
    const traffics = this.#traffics
    const before = this.#outcome(node, from, 'Forward', 'Ingress', ends)
    const after = this.#outcome(node, to, 'Forward', 'Egress', ends)
    const out = this.#ofWorkload(node, from, 'Egress', ends)
    const inwards = this.#ofWorkload(node, to, 'Ingress', ends)
    const packets = traffics.unite(accepted, this.#without(open, before.denied))
    return this.#without(traffics.intersect(traffics.intersect(packets, out), inwards), after.denied)
  }

  /** Policy of host endpoints is not about what workloads send to their node. */
  #input(node: RouteNode, ends: PathEnds, from: string, { accepted, open }: Marked): Traffic {
    const traffics = this.#traffics
    const { betweenNodes, wireguard } = this.#tunnels(node)
    const all = traffics.unite(accepted, open)
    const tunnelled = traffics.unite(betweenNodes, wireguard)
    const carried = this.#isNode(ends.source) ? tunnelled : this.#without(wireguard, betweenNodes)
    const { denied } = this.#outcome(node, from, 'Normal', 'Ingress', ends)
    const plain = this.#isWorkload(node, from)
      ? traffics.intersect(all, this.#workloadToHost(node, ends, from))
      : traffics.unite(accepted, this.#without(open, denied))
    return traffics.unite(traffics.intersect(all, carried), this.#without(plain, tunnelled))
  }

  #workloadToHost(node: RouteNode, ends: PathEnds, from: string): Traffic {
    const { defaultEndpointToHostAction } = this.#context.state.settingsOf(node.name)
    const discovery = neighbourDiscovery(this.#context.version, this.#traffics)
    if (defaultEndpointToHostAction === 'Drop') return discovery
    return this.#traffics.unite(discovery, this.#ofWorkload(node, from, 'Egress', ends))
  }

  /** What the policy of the workload behind an interface allows; all behind one that is none's, nothing behind one that nobody knows. */
  #ofWorkload(
    node: RouteNode,
    name: string,
    direction: Direction,
    { source, destination }: PathEnds,
  ): Traffic {
    if (!this.#isWorkload(node, name)) return this.#traffics.all
    const { state, map } = this.#context
    const [own, peer] = direction === 'Ingress' ? [destination, source] : [source, destination]
    const behind = state.endpointBehind(node.name, name)
    const it = own.position === undefined ? undefined : map.peers[own.position]
    const isOwn = it?.kind === 'Workload' && it.endpoint === behind
    const position = isOwn ? own.position : this.#positions.get(behind)
    return position === undefined ? this.#traffics.none : map.allowedWith(position, direction, peer.facts)
  }

  /** What is accepted already is not asked about. */
  #ask(
    { accepted, open }: Marked,
    node: RouteNode,
    name: string,
    stage: HostStage,
    direction: Direction,
    ends: PathEnds,
  ): Marked {
    const traffics = this.#traffics
    const { allowed, passed } = this.#outcome(node, name, stage, direction, ends)
    return {
      accepted: traffics.unite(accepted, traffics.intersect(open, allowed)),
      open: traffics.intersect(open, passed),
    }
  }

  #outcome(
    node: RouteNode,
    name: string,
    stage: HostStage,
    direction: Direction,
    { source, destination }: PathEnds,
  ): HostOutcome {
    const at = hostStages.findIndex((it) => it.stage === stage && it.direction === direction)
    const judge = this.#context.meanings.of(governorOf(node, name)).stages[at] as HostStageJudge
    const [own, peer] =
      direction === 'Ingress' ? [destination.facts, source.facts] : [source.facts, destination.facts]
    const known = this.#outcomes.get(judge) ?? new Map<string, HostOutcome>()
    this.#outcomes.set(judge, known)
    const key = `${own.restrictedTo(judge.ownCriteria)}|${peer.restrictedTo(judge.peerCriteria)}`
    const found = known.get(key) ?? judge.decide(own, peer)
    known.set(key, found)
    return found
  }

  #isNode({ facts }: PathEnd): boolean {
    return facts.fits(this.#context.judges.table.sideOf(this.#nodes))
  }

  #tunnels({ name }: RouteNode) {
    return tunnelPackets(this.#context.state.settingsOf(name), this.#context.version, this.#traffics)
  }

  #isWorkload({ name }: RouteNode, interfaceName: string): boolean {
    return isWorkloadInterface(interfaceName, this.#context.state.settingsOf(name).interfacePrefixes)
  }

  #without(from: Traffic, minus: Traffic): Traffic {
    return this.#traffics.subtract(from, minus)
  }

  get #all(): Marked {
    return { accepted: this.#traffics.none, open: this.#traffics.all }
  }

  get #none(): Marked {
    return { accepted: this.#traffics.none, open: this.#traffics.none }
  }
}

/** The one for all interfaces stands in for interfaces of workloads too. */
export function governorOf({ governing }: RouteNode, interfaceName: string): HostEndpoint | undefined {
  return governing.byInterface.get(interfaceName) ?? governing.wildcard
}

/** Whom tunnels between nodes connect: a side to tell peers apart by. */
export function nodesOf(state: PolicyState): PeerMatch {
  return { ...anyPeer, nets: state.nodeAddresses.map(hostCidr) }
}

function neighbourDiscovery(version: IpVersion, traffics: Traffics): Traffic {
  if (version === 4) return traffics.none
  const messages = neighbourDiscoveryTypes.map((type) => ({ min: type * 256, max: type * 256 + 255 }))
  return traffics.ofProtocol(protocols.icmpv6, rectangle(messages, everyNumber))
}
