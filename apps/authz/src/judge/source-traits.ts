/**
 * What the rules of one effective policy read of whom a request comes from. Pods that are alike in all of it are judged alike by these rules,
 * so that of ten thousand replicas one is asked about.
 */
import { type Cidr, formatCidr, type Ip, PrefixTree } from '@margay/netset'
import {
  type AddressSet,
  addressKey,
  type EffectivePolicy,
  type Endpoint,
  labelsReadBy,
  type PeerMatch,
  type ServiceSet,
} from '@margay/policy'

export class SourceTraits {
  readonly #labels = new Set<string>()
  readonly #nets = new PrefixTree<string>()
  /** Services that have an address, by its key. */
  readonly #services = new Map<string, string[]>()
  readonly #seen = new Set<unknown>()
  /** Any set knows who else has an address. */
  #anySet: AddressSet | undefined
  #readsPorts = false
  readonly #numberOf: (object: object) => number

  /** Cost: O(rules); all of them are lowered. `numberOf`: another for each object. */
  constructor({ tiers, direction }: EffectivePolicy, numberOf: (object: object) => number) {
    this.#numberOf = numberOf
    for (const { policies } of tiers)
      for (const policy of policies)
        for (const { source } of direction === 'Ingress' ? policy.ingress : policy.egress) this.#read(source)
  }

  /** Equal for pods that no rule tells apart. Cost: what there is of labels that are read, and of prefixes around its addresses. */
  keyOf(pod: Endpoint): string {
    const labels = [...this.#labels].map((name) => pod.labels.get(name) ?? null)
    const ports = this.#readsPorts ? pod.ports : null
    return JSON.stringify([labels, ports, pod.addresses.map((address) => this.#placeOf(pod, address))])
  }

  #placeOf(pod: Endpoint, address: Ip): unknown[] {
    const services = this.#services.get(addressKey(address)) ?? null
    return [address.version, this.#nets.valuesAt(address), services, this.#othersAt(pod, address)]
  }

  /** Who has the address beside it: host endpoints, network sets, and for a moment other pods. A pod that nobody knows that of is like no other. */
  #othersAt(pod: Endpoint, address: Ip): (number | string)[] {
    if (this.#readsPorts && this.#anySet === undefined) return [pod.key]
    const all = this.#anySet?.labelsAt(address) ?? []
    const others = all.filter((labels) => labels !== pod.labels).map((labels) => this.#numberOf(labels))
    return all.length - others.length > 1 ? [pod.key] : others
  }

  /** Rules have peers in common. */
  #read(peer: PeerMatch): void {
    if (!this.#isNew(peer)) return
    for (const net of [...(peer.nets ?? []), ...(peer.notNets ?? [])]) this.#readNet(net)
    for (const set of [peer.inSet, peer.notInSet]) if (set !== undefined) this.#readSet(set)
    if (peer.inService !== undefined) this.#readService(peer.inService)
    for (const ports of [peer.ports, peer.notPorts]) {
      if (ports?.named === undefined) continue
      this.#readsPorts = true
      if (ports.namesWithin !== undefined) this.#readSet(ports.namesWithin)
    }
  }

  #isNew(it: object): boolean {
    if (this.#seen.has(it)) return false
    this.#seen.add(it)
    return true
  }

  #readNet(net: Cidr): void {
    if (this.#nets.get(net) === undefined) this.#nets.set(net, formatCidr(net))
  }

  #readSet(set: AddressSet): void {
    if (!this.#isNew(set)) return
    this.#anySet ??= set
    for (const label of labelsReadBy(set.selector)) this.#labels.add(label)
  }

  #readService(service: ServiceSet): void {
    if (!this.#isNew(service)) return
    for (const address of service.addresses) {
      const key = addressKey(address)
      const services = this.#services.get(key)
      if (services === undefined) this.#services.set(key, [service.id])
      else services.push(service.id)
    }
  }
}
