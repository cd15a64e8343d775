/**
 * What the rules of one effective policy read of one side of a connection. Pods that are alike in all of it are judged alike by these rules,
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

/** Another for each object, and the same again. */
export type NumberOf = (object: object) => number

/** Where a pod is met: a source at an address, a destination also at a port. */
export interface MetAt {
  readonly address: Ip
  readonly port?: number
}

export class PeerTraits {
  readonly #numberOf: NumberOf
  readonly #labels = new Set<string>()
  readonly #nets = new PrefixTree<string>()
  /** Services that have an address, by its key. */
  readonly #services = new Map<string, string[]>()
  readonly #seen = new Set<object>()
  /** Any set knows who else has an address. */
  #anySet: AddressSet | undefined
  #readsPorts = false

  /** Cost: O(rules); all of them are lowered. */
  constructor(policy: EffectivePolicy, side: 'source' | 'destination', numberOf: NumberOf) {
    this.#numberOf = numberOf
    for (const { policies } of policy.tiers)
      for (const { ingress, egress } of policies)
        for (const rule of policy.direction === 'Ingress' ? ingress : egress) this.#read(rule[side])
  }

  /** Equal for pods that no rule tells apart. Cost: labels that are read, and prefixes around its addresses. */
  keyOf(pod: Endpoint, places: readonly MetAt[]): string {
    const labels = Array.from(this.#labels, (name) => pod.labels.get(name) ?? null)
    const ports = this.#readsPorts ? pod.ports : null
    return JSON.stringify([labels, ports, places.map((place) => this.#placeOf(pod, place))])
  }

  #placeOf(pod: Endpoint, { address, port }: MetAt): unknown[] {
    const services = this.#services.get(addressKey(address)) ?? null
    const nets = this.#nets.valuesAt(address)
    return [address.version, port, nets, services, this.#othersAt(pod, address)]
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

  /** Only sources of ingress rules may be services: whatever the port, their addresses count. */
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
