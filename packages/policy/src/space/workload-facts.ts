/** Which criteria single peers meet: by who they are, and by the addresses that they have. */
import { type Cidr, type Ip, lastAddress } from '@margay/netset'
import { namedPortsOf } from '../classify/address-class.ts'
import type { Criterion } from '../classify/criteria.ts'
import type { Endpoint, NamedPort } from '../model/endpoint.ts'
import type { FlowPeer } from '../model/flow.ts'
import { addressKey } from '../state/address-key.ts'
import type { AddressSet } from '../state/address-set.ts'
import { countLeading } from '../state/count-leading.ts'
import { Facts } from './facts.ts'
import { placesOf } from './outside.ts'

/** A workload at one of its addresses; undefined where nobody knows one yet. */
export interface WorkloadPeer {
  readonly kind: 'Workload'
  readonly endpoint: Endpoint
  readonly address: Ip | undefined
}

/** In the order of the peers. One that is no workload is known by its address alone. */
export function peerFacts(peers: readonly FlowPeer[], criteria: readonly Criterion[]): Facts[] {
  const index = new PeerIndex(peers)
  const met = peers.map(() => new Map<number, readonly NamedPort[]>())
  for (const [number, criterion] of criteria.entries()) {
    const places = placesOf(criterion)
    for (const position of meeting(criterion, index)) {
      const peer = peers[position] as FlowPeer
      met[position]?.set(number, portsAt(criterion, peer, places))
    }
  }
  return met.map((it) => new Facts(it))
}

function portsAt(
  criterion: Criterion,
  { endpoint, address }: FlowPeer,
  places: ReadonlyMap<string, NamedPort[]> | undefined,
): readonly NamedPort[] {
  if (places === undefined) return []
  if (address !== undefined) return places.get(addressKey(address)) ?? []
  return criterion.kind === 'Names' && endpoint !== undefined ? namedPortsOf(criterion.ports, endpoint) : []
}

/** Positions of the peers that meet it. */
function meeting(criterion: Criterion, index: PeerIndex): Iterable<number> {
  switch (criterion.kind) {
    case 'Set':
      return index.inSet(criterion.set)
    case 'Nets':
      return new Set(criterion.nets.flatMap((net) => index.within(net)))
    case 'Service':
      return criterion.service.addresses.flatMap((address) => index.at(address))
    case 'Names': {
      const named = (criterion.ports.named?.members ?? []).flatMap(({ address }) => index.at(address))
      return new Set([...named, ...index.withoutAddress])
    }
  }
}

/** Finds peers without asking each. */
class PeerIndex {
  readonly withoutAddress: readonly number[]
  readonly #positions = new Map<Endpoint, number[]>()
  readonly #byAddress: ReadonlyMap<string, number[]>
  /** Of those that have an address, ascending by it. */
  readonly #sorted: readonly { readonly address: Ip; readonly position: number }[]

  constructor(peers: readonly FlowPeer[]) {
    for (const [position, { endpoint }] of peers.entries())
      if (endpoint !== undefined) push(this.#positions, endpoint, position)
    this.#sorted = peers
      .flatMap(({ address }, position) => (address === undefined ? [] : [{ address, position }]))
      .sort((one, other) => (one.address.value < other.address.value ? -1 : 1))
    this.#byAddress = new Map(
      [...Map.groupBy(this.#sorted, ({ address }) => addressKey(address))].map(([key, list]) => [
        key,
        list.map(({ position }) => position),
      ]),
    )
    this.withoutAddress = peers.flatMap(({ address }, position) => (address === undefined ? [position] : []))
  }

  /** Whoever has the address of one that is selected is in the set too. */
  inSet(set: AddressSet): Set<number> {
    const found = new Set<number>()
    for (const endpoint of set.endpoints) {
      for (const position of this.#positions.get(endpoint) ?? []) found.add(position)
      for (const address of endpoint.addresses) for (const position of this.at(address)) found.add(position)
    }
    for (const { expectedAddresses } of set.hostEndpoints)
      for (const address of expectedAddresses) for (const position of this.at(address)) found.add(position)
    for (const net of set.nets) for (const position of this.within(net)) found.add(position)
    return found
  }

  at(address: Ip): readonly number[] {
    return this.#byAddress.get(addressKey(address)) ?? []
  }

  within(net: Cidr): number[] {
    const last = lastAddress(net)
    const found: number[] = []
    for (
      let i = countLeading(this.#sorted, ({ address }) => address.value < net.base);
      i < this.#sorted.length;
      i++
    ) {
      const it = this.#sorted[i]
      if (it === undefined || it.address.value > last) break
      if (it.address.version === net.version) found.push(it.position)
    }
    return found
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, it: V): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [it])
  else there.push(it)
}
