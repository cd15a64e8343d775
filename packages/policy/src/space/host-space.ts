/** What the host endpoints of a state decide about all packets of one IP version, between all that there are. */
import type { IpVersion } from '@margay/netset'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { Direction } from '../model/rule.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import type { Facts } from './facts.ts'
import { type HostMeaning, HostMeanings } from './host-meanings.ts'
import { Judges } from './judges.ts'
import { NameCriteria, namedFacts } from './name-criteria.ts'
import { PeerClasses, type SpacePeer, workloadPeers } from './peer-classes.ts'
import type { Traffics } from './traffic.ts'

export class HostSpace {
  readonly peers: readonly SpacePeer[]
  /** Of each peer, by its position. */
  readonly facts: readonly Facts[]
  readonly traffics: Traffics
  readonly #meanings: HostMeanings
  readonly #names: NameCriteria

  constructor(state: PolicyState, version: IpVersion, traffics: Traffics, view: PolicyView = {}) {
    this.traffics = traffics
    const judges = new Judges({ traffics, version })
    this.#meanings = new HostMeanings({ state, view, judges, traffics })
    const workloads = workloadPeers(state.endpoints.values(), version)
    const taken = workloads.flatMap(({ address }) => (address === undefined ? [] : [address]))
    const { peers, facts } = new PeerClasses({ taken, workloads }, judges.table.criteria, version)
    this.peers = peers
    this.facts = facts
    this.#names = new NameCriteria(judges.table.criteria)
  }

  /** Of the host endpoints, each that is different once. */
  get meanings(): readonly HostMeaning[] {
    return this.#meanings.all
  }

  /** Of the peers that some criteria can tell apart, one each. */
  distinct(criteria: readonly number[]): readonly Facts[] {
    const keyed = this.facts.map((facts) => [facts.restrictedTo(criteria), facts] as const)
    return [...new Map(keyed).values()]
  }

  /** The same of the far side; of what goes out also those outside that are known by names. */
  distinctPeers(criteria: readonly number[], direction: Direction): readonly Facts[] {
    if (direction === 'Ingress') return this.distinct(criteria)
    const outside = this.facts.filter((_, position) => this.peers[position]?.kind === 'Outside')
    return [...this.distinct(criteria), ...namedFacts(outside, this.#names, criteria)]
  }

  /** Undefined: of interfaces that none governs. @throws RangeError for a host endpoint of another state */
  meaningOf(host: HostEndpoint | undefined): HostMeaning {
    return this.#meanings.of(host)
  }
}
