import type { Cidr, Ip } from '@margay/netset'
import { formatSelector, matchesSelector, type Selector } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import { AddressHolders } from './address-holders.ts'
import { type AddressPort, AddressPortSet } from './address-port-set.ts'

/** A network set: addresses outside of the cluster that can be selected by label. */
export interface NetworkSetEntry {
  /** `namespace/name`, or `name` for a global one. */
  readonly key: string
  readonly labels: ReadonlyMap<string, string>
  readonly nets: readonly Cidr[]
}

/** All that selectors choose from. What is in it may change only when another object takes its place: see `AddressSets.use`. */
export interface Selectable {
  readonly endpoints: Iterable<Endpoint>
  readonly hostEndpoints: Iterable<HostEndpoint>
  readonly networkSets: Iterable<NetworkSetEntry>
  /** Who of these has an address, if somebody keeps count of it; otherwise it is found out when it is first asked. */
  readonly holders?: AddressHolders
}

/** What there is to choose from now. */
export interface LiveSelectable {
  current: Selectable
  holders: AddressHolders
}

/**
 * Everything that one selector selects at a moment: endpoints, host endpoints, and the prefixes of network sets. Members are looked for
 * when they are first asked about, at the cost of one pass over all that there is: most sets of a large state never are.
 */
export class AddressSet {
  /** The canonical selector text: equal selectors are one set. */
  readonly id: string
  /** What it was resolved from; it selects by the effective labels of all of these. */
  readonly selector: Selector
  readonly #live: LiveSelectable
  #seen: Selectable
  #endpoints: ReadonlySet<Endpoint> | undefined
  #hostEndpoints: ReadonlySet<HostEndpoint> | undefined
  #nets: readonly Cidr[] | undefined

  constructor(selector: Selector, live: LiveSelectable) {
    this.id = formatSelector(selector)
    this.selector = selector
    this.#live = live
    this.#seen = live.current
  }

  /** What was found among what is not current any more. */
  #forgetOthers(): void {
    if (this.#seen === this.#live.current) return
    this.#seen = this.#live.current
    this.#endpoints = undefined
    this.#hostEndpoints = undefined
    this.#nets = undefined
  }

  get #selectable(): Selectable {
    this.#forgetOthers()
    return this.#seen
  }

  get endpoints(): ReadonlySet<Endpoint> {
    const { endpoints } = this.#selectable
    this.#endpoints ??= new Set(this.#selected(endpoints))
    return this.#endpoints
  }

  get hostEndpoints(): ReadonlySet<HostEndpoint> {
    const { hostEndpoints } = this.#selectable
    this.#hostEndpoints ??= new Set(this.#selected(hostEndpoints))
    return this.#hostEndpoints
  }

  /** As the network sets give them; they may overlap. */
  get nets(): readonly Cidr[] {
    const { networkSets } = this.#selectable
    this.#nets ??= this.#selected(networkSets).flatMap((it) => it.nets)
    return this.#nets
  }

  #selected<T extends { readonly labels: ReadonlyMap<string, string> }>(all: Iterable<T>): T[] {
    return [...all].filter(({ labels }) => this.selects(labels))
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
    const expected = [...this.hostEndpoints].flatMap((it) => it.expectedAddresses)
    return [...[...this.endpoints].flatMap((it) => it.addresses), ...expected]
  }

  holdsAddress(address: Ip): boolean {
    return this.labelsAt(address).some((labels) => this.selects(labels))
  }

  /** The labels of all that has this address, whether the set selects them or not: the same for all sets of a state. */
  labelsAt(address: Ip): readonly ReadonlyMap<string, string>[] {
    return this.#live.holders.labelsAt(address)
  }
}

/** Resolves selectors to address sets, one set for each distinct selector. Those that nobody uses any more can be forgotten. */
export class AddressSets {
  readonly #live: LiveSelectable
  readonly #uses = new Map<AddressSet | AddressPortSet, number>()
  readonly #byId = new Map<string, AddressSet>()
  readonly #namedPorts = new Map<string, AddressPortSet>()

  constructor(selectable: Selectable) {
    this.#live = { current: selectable, holders: holdersAmong(selectable) }
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
    const known: Map<string, unknown> = set instanceof AddressSet ? this.#byId : this.#namedPorts
    known.delete(set.id)
  }

  /** All sets that were resolved choose from these from now on. Nothing is looked for before it is asked about. */
  use(selectable: Selectable): void {
    this.#live.current = selectable
    this.#live.holders = holdersAmong(selectable)
  }

  resolve(selector: Selector): AddressSet {
    const set = new AddressSet(selector, this.#live)
    const known = this.#byId.get(set.id)
    if (known !== undefined) return known
    this.#byId.set(set.id, set)
    return set
  }

  /** Where endpoints within a set, or all, have ports of these names. Source: spec/api.md 2 (named port match). */
  namedPorts(names: readonly string[], within: AddressSet | undefined): AddressPortSet {
    const id = `ports ${names.join(', ')} of ${within?.id ?? 'all()'}`
    const known = this.#namedPorts.get(id)
    if (known !== undefined) return known
    const find = () => this.#findPorts(new Set(names), within)
    const set = new AddressPortSet(id, find, () => this.#live.current)
    this.#namedPorts.set(id, set)
    return set
  }

  #findPorts(names: ReadonlySet<string>, within: AddressSet | undefined): AddressPort[] {
    const { endpoints, hostEndpoints } = this.#live.current
    const owners = [
      ...endpoints,
      ...[...hostEndpoints].map((it) => ({ ...it, addresses: it.expectedAddresses })),
    ].filter(({ ports }) => ports.some(({ name }) => names.has(name)))
    return owners
      .filter(({ labels }) => within?.selects(labels) ?? true)
      .flatMap(({ addresses, ports }) => {
        const named = ports.filter(({ name }) => names.has(name))
        return addresses.flatMap((address) =>
          named.map(({ protocol, port }) => ({ address, protocol, port })),
        )
      })
  }
}

function holdersAmong(selectable: Selectable): AddressHolders {
  return selectable.holders ?? new AddressHolders(() => selectable)
}
