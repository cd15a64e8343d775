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

/** All that selectors choose from. */
export interface Selectable {
  readonly endpoints: readonly Endpoint[]
  readonly networkSets: readonly NetworkSetEntry[]
}

/**
 * Everything that one selector selects at a moment: endpoints, and the prefixes of network sets. Members are looked for
 * when they are first asked about, at the cost of one pass over all that there is: most sets of a large state never are.
 */
export class AddressSet {
  /** The canonical selector text: equal selectors are one set. */
  readonly id: string
  /** What it was resolved from; it selects by effective labels, of endpoints and of network sets. */
  readonly selector: Selector
  readonly #selectable: Selectable
  #endpoints: ReadonlySet<Endpoint> | undefined
  #nets: readonly Cidr[] | undefined
  #hosts: ReadonlySet<string> | undefined
  #prefixes: PrefixTree<true> | undefined

  constructor(selector: Selector, selectable: Selectable) {
    this.id = formatSelector(selector)
    this.selector = selector
    this.#selectable = selectable
  }

  get endpoints(): ReadonlySet<Endpoint> {
    this.#endpoints ??= new Set(this.#selectable.endpoints.filter((it) => this.selects(it.labels)))
    return this.#endpoints
  }

  /** As the network sets give them; they may overlap. */
  get nets(): readonly Cidr[] {
    this.#nets ??= this.#selectable.networkSets
      .filter((it) => this.selects(it.labels))
      .flatMap((it) => it.nets)
    return this.#nets
  }

  selects(labels: ReadonlyMap<string, string>): boolean {
    return matchesSelector(this.selector, (name) => labels.get(name))
  }

  /** Does it hold this side of a flow, by who it is or by the address that it has? */
  holds(peer: FlowPeer): boolean {
    if (peer.endpoint !== undefined && this.selects(peer.endpoint.labels)) return true
    return peer.address !== undefined && this.holdsAddress(peer.address)
  }

  holdsAddress(address: Ip): boolean {
    this.#hosts ??= hostsOf(this.endpoints)
    if (this.#hosts.has(addressKey(address))) return true
    this.#prefixes ??= prefixesOf(this.nets)
    return this.#prefixes.longestMatch(address) !== undefined
  }
}

function hostsOf(endpoints: ReadonlySet<Endpoint>): Set<string> {
  return new Set([...endpoints].flatMap((endpoint) => endpoint.addresses.map(addressKey)))
}

function prefixesOf(nets: readonly Cidr[]): PrefixTree<true> {
  const tree = new PrefixTree<true>()
  for (const net of nets) tree.set(net, true)
  return tree
}

/** A key that is equal for equal addresses. */
export function addressKey(address: Ip): string {
  return `${address.version}:${address.value}`
}

/** Resolves selectors to address sets, one set for each distinct selector. */
export class AddressSets {
  readonly #selectable: Selectable
  readonly #byId = new Map<string, AddressSet>()

  constructor(selectable: Selectable) {
    this.#selectable = selectable
  }

  resolve(selector: Selector): AddressSet {
    const set = new AddressSet(selector, this.#selectable)
    const known = this.#byId.get(set.id)
    if (known !== undefined) return known
    this.#byId.set(set.id, set)
    return set
  }
}
