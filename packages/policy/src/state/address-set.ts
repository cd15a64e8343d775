import type { Cidr, Ip } from '@margay/netset'
import { type DomainPattern, formatSelector, matchesSelector, type Selector } from '@margay/resources'
import type { Endpoint, NamedPort } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import { type AddressPort, AddressPortSet } from './address-port-set.ts'
import { DomainSet } from './domain-set.ts'
import type { Members } from './members.ts'
import { Memberships, type Selectable } from './memberships.ts'
import { namesOutside } from './names-outside.ts'
import type { SubjectDelta } from './subject-delta.ts'

/** Everything that one selector selects at a moment: endpoints, host endpoints, and the prefixes of network sets. */
export class AddressSet {
  /** The canonical selector text: equal selectors are one set. */
  readonly id: string
  /** What it was resolved from; it selects by the effective labels of all of these. */
  readonly selector: Selector
  readonly #memberships: Memberships

  constructor(selector: Selector, memberships: Memberships) {
    this.id = formatSelector(selector)
    this.selector = selector
    this.#memberships = memberships
  }

  get #members(): Members {
    return this.#memberships.of(this)
  }

  get endpoints(): ReadonlySet<Endpoint> {
    return this.#members.endpoints
  }

  get hostEndpoints(): ReadonlySet<HostEndpoint> {
    return this.#members.hostEndpoints
  }

  /** As the network sets give them; they may overlap. */
  get nets(): readonly Cidr[] {
    return this.#members.nets
  }

  /** Those that the network sets give, in order, each once: for rules that count names. */
  get domains(): readonly DomainPattern[] {
    return this.#members.domains
  }

  /** Another object when somebody came or went. */
  get moment(): object {
    return this.#members.moment
  }

  selects(labels: ReadonlyMap<string, string>): boolean {
    return matchesSelector(this.selector, (name) => labels.get(name))
  }

  /** Does it hold this side of a flow, by who it is or by the address that it has? */
  holds(peer: FlowPeer): boolean {
    if (peer.endpoint !== undefined && this.selects(peer.endpoint.labels)) return true
    return peer.address !== undefined && this.holdsAddress(peer.address)
  }

  /** Of the endpoints and host endpoints, with duplicates; the nets come beside them. */
  addresses(): Ip[] {
    return this.#members.addresses()
  }

  holdsAddress(address: Ip): boolean {
    return this.labelsAt(address).some((labels) => this.selects(labels))
  }

  /**
   * Does it hold this side of a flow by a name: is it outside of the cluster, and does a network set of the set give one of its names?
   * Only rules that count names ask.
   */
  holdsByName(peer: FlowPeer): boolean {
    return this.labelsNaming(peer).some((labels) => this.selects(labels))
  }

  /** The labels of all network sets that give a name of this side that counts: the same for all sets of a state. */
  labelsNaming(peer: FlowPeer): readonly ReadonlyMap<string, string>[] {
    const { holders } = this.#memberships
    return namesOutside(peer, holders).flatMap((name) => holders.labelsGiving(name))
  }

  /** The labels of all that has this address, whether the set selects them or not: the same for all sets of a state. */
  labelsAt(address: Ip): readonly ReadonlyMap<string, string>[] {
    return this.#memberships.holders.labelsAt(address)
  }
}

/** Resolves selectors to address sets, one set for each distinct selector. Those that nobody uses any more can be forgotten. */
export class AddressSets {
  readonly #selectable: Selectable
  readonly #memberships: Memberships
  readonly #uses = new Map<AddressSet | AddressPortSet, number>()
  readonly #byId = new Map<string, AddressSet>()
  readonly #namedPorts = new Map<string, AddressPortSet>()

  constructor(selectable: Selectable) {
    this.#selectable = selectable
    this.#memberships = new Memberships(selectable)
  }

  get size(): number {
    return this.#byId.size
  }

  /** A set that was resolved is kept until it was released as often as it was retained. */
  retain(sets: Iterable<AddressSet | AddressPortSet>): void {
    for (const set of sets) this.#uses.set(set, (this.#uses.get(set) ?? 0) + 1)
  }

  release(sets: Iterable<AddressSet | AddressPortSet>): void {
    for (const set of sets) {
      const uses = (this.#uses.get(set) ?? 0) - 1
      if (uses > 0) this.#uses.set(set, uses)
      else this.#forget(set)
    }
  }

  #forget(set: AddressSet | AddressPortSet): void {
    this.#uses.delete(set)
    if (set instanceof AddressSet) {
      this.#byId.delete(set.id)
      this.#memberships.forget(set)
    } else this.#namedPorts.delete(set.id)
  }

  /** Of what selectors choose from; it has come or gone already. Cost: what changed, and the sets that it may be in and that were asked about. */
  update(changes: SubjectDelta): void {
    this.#memberships.update(changes)
  }

  resolve(selector: Selector): AddressSet {
    const set = new AddressSet(selector, this.#memberships)
    const known = this.#byId.get(set.id)
    if (known !== undefined) return known
    this.#byId.set(set.id, set)
    this.#memberships.keep(set)
    return set
  }

  /** The addresses outside of the cluster that are known by one of these names. At least one. */
  domains(patterns: readonly DomainPattern[]): DomainSet {
    return new DomainSet(patterns, this.#memberships.holders)
  }

  /** Where endpoints within a set, or all, have ports of these names. Source: spec/api.md 2 (named port match). */
  namedPorts(names: readonly string[], within: AddressSet | undefined): AddressPortSet {
    const id = `ports ${names.join(', ')} of ${within?.id ?? 'all()'}`
    const known = this.#namedPorts.get(id)
    if (known !== undefined) return known
    const find = () => this.#findPorts(new Set(names), within)
    const moment = () => within?.moment ?? this.#memberships.moment
    const set = new AddressPortSet(id, find, moment)
    this.#namedPorts.set(id, set)
    return set
  }

  #findPorts(names: ReadonlySet<string>, within: AddressSet | undefined): AddressPort[] {
    const endpoints = within?.endpoints ?? this.#selectable.endpoints
    const hostEndpoints = within?.hostEndpoints ?? this.#selectable.hostEndpoints
    return [
      ...[...endpoints].flatMap(({ addresses, ports }) => placesOf(addresses, ports, names)),
      ...[...hostEndpoints].flatMap((it) => placesOf(it.expectedAddresses, it.ports, names)),
    ]
  }
}

function placesOf(
  addresses: readonly Ip[],
  ports: readonly NamedPort[],
  names: ReadonlySet<string>,
): AddressPort[] {
  const named = ports.filter(({ name }) => names.has(name))
  return addresses.flatMap((address) => named.map(({ protocol, port }) => ({ address, protocol, port })))
}
