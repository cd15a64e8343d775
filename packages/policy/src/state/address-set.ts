import { type Cidr, type Ip, PrefixTree } from '@margay/netset'
import { formatSelector, matchesSelector, type Selector } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'

/** A network set: addresses outside of the cluster that can be selected by label. */
export interface NetworkSetEntry {
  /** `namespace/name`, or `name` for a global one. */
  readonly key: string
  readonly labels: ReadonlyMap<string, string>
  readonly nets: readonly Cidr[]
}

/** Everything that one selector selects at a moment: endpoints, and the prefixes of network sets. */
export class AddressSet {
  /** The canonical selector text: equal selectors are one set. */
  readonly id: string
  readonly endpoints: ReadonlySet<Endpoint>
  /** As the network sets give them; they may overlap. */
  readonly nets: readonly Cidr[]
  readonly #prefixes = new PrefixTree<true>()
  readonly #hosts: ReadonlySet<string>

  constructor(id: string, endpoints: ReadonlySet<Endpoint>, nets: readonly Cidr[]) {
    this.id = id
    this.endpoints = endpoints
    this.nets = nets
    for (const net of nets) this.#prefixes.set(net, true)
    this.#hosts = new Set([...endpoints].flatMap((endpoint) => endpoint.addresses.map(addressKey)))
  }

  /** Does it hold this side of a flow, by who it is or by the address that it has? */
  holds(peer: FlowPeer): boolean {
    if (peer.endpoint !== undefined && this.endpoints.has(peer.endpoint)) return true
    return peer.address !== undefined && this.holdsAddress(peer.address)
  }

  holdsAddress(address: Ip): boolean {
    return this.#hosts.has(addressKey(address)) || this.#prefixes.longestMatch(address) !== undefined
  }
}

/** A key that is equal for equal addresses. */
export function addressKey(address: Ip): string {
  return `${address.version}:${address.value}`
}

/** Resolves selectors to address sets, one set for each distinct selector. */
export class AddressSets {
  readonly #endpoints: readonly Endpoint[]
  readonly #networkSets: readonly NetworkSetEntry[]
  readonly #byId = new Map<string, AddressSet>()

  constructor(endpoints: readonly Endpoint[], networkSets: readonly NetworkSetEntry[]) {
    this.#endpoints = endpoints
    this.#networkSets = networkSets
  }

  resolve(selector: Selector): AddressSet {
    const id = formatSelector(selector)
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const set = this.#select(id, selector)
    this.#byId.set(id, set)
    return set
  }

  #select(id: string, selector: Selector): AddressSet {
    const selects = (labels: ReadonlyMap<string, string>) =>
      matchesSelector(selector, (name) => labels.get(name))
    const endpoints = this.#endpoints.filter((endpoint) => selects(endpoint.labels))
    const nets = this.#networkSets.filter((set) => selects(set.labels)).flatMap((set) => set.nets)
    return new AddressSet(id, new Set(endpoints), nets)
  }
}
