/** Who may talk to whom in one IP version, and which of them no rule can tell apart. */
import type { Ip, IpVersion } from '@margay/netset'
import type { Criterion } from '../classify/criteria.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { Facts } from './facts.ts'
import { outsideClasses } from './outside.ts'
import type { Span } from './span.ts'
import { peerFacts, type WorkloadPeer } from './workload-facts.ts'

/** Addresses outside of the cluster that no rule tells apart. */
export interface OutsidePeer {
  readonly kind: 'Outside'
  /** Ascending and apart; never empty. */
  readonly spans: readonly Span[]
}

export type SpacePeer = WorkloadPeer | OutsidePeer

export interface Population {
  /** Addresses that are not outside. */
  readonly taken: readonly Ip[]
  /** Those that are peers. */
  readonly workloads: readonly WorkloadPeer[]
  /** What is asked of workloads, by numbers of criteria; undefined: all. */
  readonly asked?: ReadonlySet<number> | undefined
}

export class PeerClasses {
  /** The workloads first. */
  readonly peers: readonly SpacePeer[]
  /** Of each peer, by its position. */
  readonly facts: readonly Facts[]
  /** The number of its class. */
  readonly classOf: readonly number[]
  /** What is known of the peers of each class. */
  readonly classes: readonly Facts[]

  constructor({ taken, workloads, asked }: Population, criteria: readonly Criterion[], version: IpVersion) {
    const outside = outsideClasses(criteria, version, taken)
    this.peers = [...workloads, ...outside.map(({ spans }): OutsidePeer => ({ kind: 'Outside', spans }))]
    this.facts = [...peerFacts(workloads, criteria, asked), ...outside.map(({ facts }) => facts)]
    const byKey = new Map<string, number>()
    this.classOf = this.facts.map(({ key }) => byKey.get(key) ?? byKey.set(key, byKey.size).size - 1)
    const classes: Facts[] = []
    for (const [i, facts] of this.facts.entries()) classes[this.classOf[i] as number] ??= facts
    this.classes = classes
  }
}

/** Each at each of its addresses. One that has no address yet is in both IP versions. */
export function workloadPeers(endpoints: Iterable<Endpoint>, version: IpVersion): WorkloadPeer[] {
  return [...endpoints].flatMap((endpoint) =>
    placesIn(endpoint, version).map((address): WorkloadPeer => ({ kind: 'Workload', endpoint, address })),
  )
}

function placesIn(endpoint: Endpoint, version: IpVersion): readonly (Ip | undefined)[] {
  return endpoint.addresses.length === 0 ? [undefined] : addressesIn(endpoint, version)
}

export function addressesIn({ addresses }: Pick<Endpoint, 'addresses'>, version: IpVersion): readonly Ip[] {
  return addresses.filter((it) => it.version === version)
}
