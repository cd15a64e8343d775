/**
 * Who can talk to whom, exactly, in one IP version: for each two peers the set of packets that open a connection between them which
 * policy allows at both ends. What `evaluate` says of one packet, for all of them.
 *
 * Peers that no rule can tell apart are one class, endpoints with the same policy one judge: each judge is asked once about each class.
 */
import type { Ip, IpVersion } from '@margay/netset'
import type { Criterion } from '../classify/criteria.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { HttpRequest, Sent } from '../model/flow.ts'
import type { Direction, HttpMatch, PeerMatch } from '../model/rule.ts'
import type { EffectivePolicy } from '../state/effective-policy.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import type { Facts } from './facts.ts'
import type { Judge } from './judge.ts'
import { type JudgedEnd, JudgedEnds, type Verdicts } from './judged-ends.ts'
import { Judges } from './judges.ts'
import { NameCriteria, namedFacts } from './name-criteria.ts'
import { addressesIn, PeerClasses, type SpacePeer, workloadPeers } from './peer-classes.ts'
import { type Traffic, Traffics } from './traffic.ts'
import type { WorkloadPeer } from './workload-facts.ts'

/** Between two that are outside nothing is judged. So no workload is like one that is outside. */
export const notOurs = -1

export interface ConnectivityOptions extends PolicyView {
  /** Whose criteria peers are told apart by besides; of the same traffics, IP version and request. */
  readonly judges?: Judges
  /** Addresses that are not outside, though no workload has them. */
  readonly taken?: readonly Ip[]
  /** Sets of two analyses can be compared if they come from the same. */
  readonly traffics?: Traffics
  /** Only TCP is looked at then: which connections may carry such a request. */
  readonly request?: Sent
  /** All by default. */
  readonly packets?: Traffic
  /** Whom to tell apart besides: `fits` can be asked about these. */
  readonly sides?: readonly PeerMatch[]
  /** The workloads that are asked about; without it all. */
  readonly only?: (endpoint: Endpoint) => boolean
  /**
   * Only what passes between these workloads, by key, and addresses outside is asked about. Addresses of workloads are among those outside
   * then, as if they were anybody's: it is for the asker to leave them out.
   */
  readonly outwardOf?: ReadonlySet<string>
}

export class Connectivity {
  readonly version: IpVersion
  readonly traffics: Traffics
  /** Those workloads first that are asked about. One that has no address yet is in both IP versions. */
  readonly peers: readonly SpacePeer[]
  /** Addresses that are not outside, besides those of workloads. */
  readonly taken: readonly Ip[]
  readonly #judges: Judges
  readonly #facts: readonly Facts[]
  readonly #classOf: readonly number[]
  readonly #classes: readonly Facts[]
  readonly #ends: JudgedEnds
  readonly #egress: readonly (Verdicts | undefined)[]
  readonly #ingress: readonly (Verdicts | undefined)[]

  constructor(state: PolicyState, version: IpVersion, options: ConnectivityOptions = {}) {
    this.version = version
    this.traffics = options.traffics ?? new Traffics()
    this.#judges =
      options.judges ?? new Judges({ traffics: this.traffics, version, request: options.request })
    this.taken = options.taken ?? []
    const { outwardOf } = options
    const workloads = workloadPeers(endpointsOf(state, options), version)
    const everybody = outwardOf === undefined ? [...state.endpoints.values()] : []
    const taken = [...this.taken, ...everybody.flatMap((it) => addressesIn(it, version))]
    const judges = (['Egress', 'Ingress'] as const).map((direction) =>
      workloads.map(({ endpoint }) => this.judgeOf(state.effectivePolicy(endpoint, direction, options))),
    )
    const { table } = this.#judges
    for (const side of options.sides ?? []) table.sideOf(side)
    const { peers, facts, classOf, classes } = new PeerClasses(
      { taken, workloads, asked: outwardOf && ownCriteriaOf(judges.flat()) },
      table.criteria,
      version,
    )
    this.peers = peers
    this.#facts = facts
    this.#classOf = classOf
    this.#classes = classes
    const packets = options.packets ?? this.traffics.all
    this.#ends = new JudgedEnds({ state, traffics: this.traffics, judges: this.#judges, classes, packets })
    const [egress, ingress] = judges.map((list, i) =>
      list.map((judge, at) => this.#verdictsOf(judge, i === 0 ? 'Egress' : 'Ingress', workloads[at], at)),
    )
    this.#egress = egress ?? []
    this.#ingress = ingress ?? []
  }

  /** By positions in `peers`. Two that are outside talk without us. A workload is always allowed to talk to itself. */
  allowed(source: number, destination: number): Traffic {
    const [from, to] = [this.peers[source], this.peers[destination]]
    if (from?.kind === 'Workload' && to?.kind === 'Workload' && from.endpoint === to.endpoint)
      return this.traffics.all
    return this.allowedAcross(source, destination)
  }

  /** The same, but where both are one: what would be allowed between two such workloads. */
  allowedAcross(source: number, destination: number): Traffic {
    const out = this.#rowOf(this.#egress[source], destination)
    return out.isEmpty ? out : this.traffics.intersect(out, this.#rowOf(this.#ingress[destination], source))
  }

  /**
   * The ids of the same for each two of the peers, by rows of sources; `notOurs` between two that are outside. Nothing passes to or from
   * one that is not there.
   */
  table(positions: readonly (number | undefined)[]): Int32Array {
    const { traffics } = this
    const size = positions.length
    const ids = new Int32Array(size * size).fill(traffics.none.id)
    for (const [row, source] of positions.entries()) {
      if (source === undefined) continue
      for (const [column, destination] of positions.entries())
        if (destination !== undefined)
          ids[row * size + column] = this.#rowOf(this.#egress[source], destination).id
    }
    for (const [column, destination] of positions.entries()) {
      if (destination === undefined) continue
      const isOutside = this.peers[destination]?.kind === 'Outside'
      for (const [row, source] of positions.entries()) {
        if (source === undefined) continue
        const cell = row * size + column
        const inward = this.#rowOf(this.#ingress[destination], source)
        ids[cell] =
          isOutside && this.peers[source]?.kind === 'Outside'
            ? notOurs
            : traffics.intersect(traffics.withId(ids[cell] as number), inward).id
      }
    }
    return ids
  }

  /** Is a peer one of those that a side means? It must be one of `sides`. */
  fits(position: number, side: PeerMatch): boolean {
    return this.#facts[position]?.fits(this.#judges.table.sideOf(side)) === true
  }

  /** What a workload may send whatever policy says: all but packets with packets in them. */
  packetsFrom(position: number): Traffic {
    return this.#egress[position]?.packets ?? this.traffics.all
  }

  /** Equal for peers that no rule tells apart, and that the same policy governs. */
  kindOf(position: number): string {
    const own = [this.#egress[position], this.#ingress[position]]
    return [
      this.#classOf[position],
      ...own.map((it) => (it === undefined ? '' : this.#judges.numberOf(it))),
    ].join()
  }

  /** What rules ask of HTTP requests. */
  get httpMatches(): HttpMatch[] {
    return [...this.#judges.all].flatMap((judge) => judge.httpMatches)
  }

  /** Each that is judged in its own way once. */
  get ends(): readonly JudgedEnd[] {
    return this.#ends.all
  }

  /** Who judges what comes to a peer; undefined outside. */
  inwardEnd(position: number): JudgedEnd | undefined {
    return this.#ingress[position]
  }

  /** What is known of a peer. */
  factsOf(position: number): Facts {
    return this.#facts[position] as Facts
  }

  /** The number of a peer's class: equal for those that no rule tells apart. */
  classAt(position: number): number {
    return this.#classOf[position] as number
  }

  /** Of all that rules ask of peers, by number. */
  get criteria(): readonly Criterion[] {
    return this.#judges.table.criteria
  }

  /** Of the peers that a judge can tell apart, one each; also of those outside that are known by names. */
  *peersFor({ judge }: JudgedEnd): Iterable<Facts> {
    const seen = new Set<string>()
    const named =
      judge.policy.direction === 'Egress'
        ? namedFacts(this.outsideFacts, new NameCriteria(this.criteria), judge.peerCriteria)
        : []
    for (const facts of [...this.#classes, ...named]) {
      const key = facts.restrictedTo(judge.peerCriteria)
      if (!seen.has(key)) yield facts
      seen.add(key)
    }
  }

  /** Of those that are outside. */
  get outsideFacts(): readonly Facts[] {
    return this.#facts.filter((_, position) => this.peers[position]?.kind === 'Outside')
  }

  /** Positions of the peers of one kind, each. */
  kinds(): number[][] {
    return [...Map.groupBy(this.peers.keys(), (position) => this.kindOf(position)).values()]
  }

  /** What one direction of the policy of a workload allows, by its position, with peers of which this is known. */
  allowedWith(position: number, direction: Direction, peer: Facts): Traffic {
    const verdicts = (direction === 'Egress' ? this.#egress : this.#ingress)[position]
    return verdicts === undefined ? this.traffics.all : this.#ends.with(verdicts, peer)
  }

  #rowOf(verdicts: Verdicts | undefined, peer: number): Traffic {
    return verdicts === undefined ? this.traffics.all : this.#ends.withClass(verdicts, this.classAt(peer))
  }

  #verdictsOf(
    judge: Judge,
    direction: Direction,
    peer: WorkloadPeer | undefined,
    position: number,
  ): Verdicts | undefined {
    const own = this.#facts[position]
    if (peer === undefined || own === undefined) return undefined
    return this.#ends.of(judge, direction, peer.endpoint, own)
  }

  /** What an end allows, to or from peers of which this is known; of a request, over which connections. */
  allowedAt(end: JudgedEnd, peer: Facts, request?: HttpRequest): Traffic {
    return this.#ends.decide(end, peer, request)
  }

  /** Also of a policy that is not in force, if it asks nothing that those in force don't ask. */
  judgeOf(policy: EffectivePolicy): Judge {
    return this.#judges.of(policy)
  }
}

/** What judges ask about the side that they judge for. */
function ownCriteriaOf(judges: readonly Judge[]): Set<number> {
  return new Set(judges.flatMap(({ ownCriteria }) => ownCriteria))
}

function endpointsOf({ endpoints }: PolicyState, { only, outwardOf }: ConnectivityOptions): Endpoint[] {
  if (outwardOf === undefined) return [...endpoints.values()].filter(only ?? (() => true))
  return [...outwardOf].map((key) => endpoints.get(key)).filter((it) => it !== undefined)
}
