/** What a selector selects at a moment, and what follows from it. */
import type { Cidr, Ip } from '@margay/netset'
import { type DomainPattern, distinctPatterns, type Selector } from '@margay/resources'
import type { Endpoint } from '../model/endpoint.ts'
import type { HostEndpoint } from '../model/host-endpoint.ts'
import type { NetworkSetEntry } from '../model/network-set.ts'

export class Members {
  readonly selector: Selector
  readonly endpoints: Set<Endpoint>
  readonly hostEndpoints: Set<HostEndpoint>
  readonly networkSets: Set<NetworkSetEntry>
  #moment: object | undefined
  #nets: readonly Cidr[] | undefined
  #domains: readonly DomainPattern[] | undefined

  constructor(
    selector: Selector,
    endpoints: Set<Endpoint>,
    hostEndpoints: Set<HostEndpoint>,
    networkSets: Set<NetworkSetEntry>,
  ) {
    this.selector = selector
    this.endpoints = endpoints
    this.hostEndpoints = hostEndpoints
    this.networkSets = networkSets
  }

  /** Another object after each change. */
  get moment(): object {
    this.#moment ??= {}
    return this.#moment
  }

  /** As the network sets give them, in the order of their keys; they may overlap. */
  get nets(): readonly Cidr[] {
    this.#nets ??= [...this.networkSets].sort(byKey).flatMap((it) => it.nets)
    return this.#nets
  }

  /** Those that the network sets give, in order, each once. */
  get domains(): readonly DomainPattern[] {
    this.#domains ??= distinctPatterns([...this.networkSets].flatMap((it) => it.domains))
    return this.#domains
  }

  /** Of the endpoints and host endpoints, with duplicates. */
  addresses(): Ip[] {
    const found: Ip[] = []
    for (const { addresses } of this.endpoints) for (const it of addresses) found.push(it)
    for (const { expectedAddresses } of this.hostEndpoints) for (const it of expectedAddresses) found.push(it)
    return found
  }

  /** One of the sets changed. */
  noteChanged(): void {
    this.#moment = undefined
    this.#nets = undefined
    this.#domains = undefined
  }
}

function byKey(a: NetworkSetEntry, b: NetworkSetEntry): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}
