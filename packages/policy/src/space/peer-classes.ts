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
  /** All that there are: their addresses are not outside. */
  readonly everybody: readonly WorkloadPeer[]
  /** Those of them that are peers. */
  readonly workloads: readonly WorkloadPeer[]
  /** Addresses of others that are not outside; none by default. */
  readonly taken?: readonly Ip[]
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

  constructor(
    { everybody, workloads, taken: others = [] }: Population,
    criteria: readonly Criterion[],
    version: IpVersion,
  ) {
    const taken = [...others, ...everybody.flatMap(({ address }) => (address === undefined ? [] : [address]))]
    const outside = outsideClasses(criteria, version, taken)
    this.peers = [...workloads, ...outside.map(({ spans }): OutsidePeer => ({ kind: 'Outside', spans }))]
    this.facts = [...peerFacts(workloads, criteria), ...outside.map(({ facts }) => facts)]
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
    addressesIn(endpoint, version).map((address): WorkloadPeer => ({ kind: 'Workload', endpoint, address })),
  )
}

function addressesIn({ addresses }: Endpoint, version: IpVersion): readonly (Ip | undefined)[] {
  return addresses.length === 0 ? [undefined] : addresses.filter((it) => it.version === version)
}
