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

/** In the order of the peers. One that is no workload is known by its address alone. `asked`: of which criteria, by number; undefined: of all. */
export function peerFacts(
  peers: readonly FlowPeer[],
  criteria: readonly Criterion[],
  asked?: ReadonlySet<number>,
): Facts[] {
  const index = new PeerIndex(peers)
  const met = peers.map(() => new Map<number, readonly NamedPort[]>())
  for (const [number, criterion] of criteria.entries()) {
    if (asked?.has(number) === false) continue
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
export function meeting(criterion: Criterion, index: PeerIndex): Iterable<number> {
  switch (criterion.kind) {
    case 'Set':
      return index.inSet(criterion.set)
    case 'Nets':
      return new Set(criterion.nets.flatMap((net) => index.within(net)))
    // Names of an endpoint's address count for nothing.
    case 'Domains':
      return []
    case 'Service':
      return criterion.service.addresses.flatMap((address) => index.at(address))
    case 'Names': {
      const named = (criterion.ports.named?.members ?? []).flatMap(({ address }) => index.at(address))
      return new Set([...named, ...index.withoutAddress])
    }
  }
}

interface Placed {
  readonly address: Ip
  readonly position: number
}

/** Finds peers without asking each: of any state in which there are the same workloads, with the same addresses. */
export class PeerIndex {
  readonly withoutAddress: readonly number[]
  readonly #peers: readonly FlowPeer[]
  /** By the workload's key. */
  readonly #positions = new Map<string, number[]>()
  readonly #byAddress = new Map<string, number[]>()
  /** Peers that have an address of the workload of this key, and are another one. Mostly there are none. */
  readonly #neighbours = new Map<string, readonly number[]>()
  #sorted: readonly Placed[] | undefined

  constructor(peers: readonly FlowPeer[]) {
    this.#peers = peers
    for (const [position, { endpoint, address }] of peers.entries()) {
      if (endpoint !== undefined) push(this.#positions, endpoint.key, position)
      if (address !== undefined) push(this.#byAddress, addressKey(address), position)
    }
    for (const { endpoint } of peers) {
      if (endpoint === undefined) continue
      const found = this.#atAddressesOf(endpoint).filter((it) => peers[it]?.endpoint !== endpoint)
      if (found.length > 0) this.#neighbours.set(endpoint.key, found)
    }
    this.withoutAddress = peers.flatMap(({ address }, position) => (address === undefined ? [position] : []))
  }

  /** Whoever has the address of one that is selected is in the set too. */
  inSet(set: AddressSet): Iterable<number> {
    // A few are asked sooner than all members are looked at.
    if (this.#peers.length < set.endpoints.size / 2)
      return this.#peers.flatMap((peer, position) => (set.holds(peer) ? [position] : []))
    const found = new Set<number>()
    for (const endpoint of set.endpoints) for (const position of this.#with(endpoint)) found.add(position)
    for (const { expectedAddresses } of set.hostEndpoints)
      for (const address of expectedAddresses) for (const position of this.at(address)) found.add(position)
    for (const net of set.nets) for (const position of this.within(net)) found.add(position)
    return found
  }

  at(address: Ip): readonly number[] {
    return this.#byAddress.get(addressKey(address)) ?? []
  }

  within(net: Cidr): number[] {
    this.#sorted ??= byAddress(this.#peers)
    const sorted = this.#sorted
    const last = lastAddress(net)
    const found: number[] = []
    for (let i = countLeading(sorted, ({ address }) => address.value < net.base); i < sorted.length; i++) {
      const it = sorted[i]
      if (it === undefined || it.address.value > last) break
      if (it.address.version === net.version) found.push(it.position)
    }
    return found
  }

  /** It, and who has its addresses. */
  *#with(endpoint: Endpoint): Iterable<number> {
    const known = this.#positions.get(endpoint.key)
    if (known === undefined) yield* this.#atAddressesOf(endpoint)
    else {
      yield* known
      yield* this.#neighbours.get(endpoint.key) ?? []
    }
  }

  #atAddressesOf({ addresses }: Endpoint): number[] {
    return addresses.flatMap((address) => this.at(address))
  }
}

/** Of those that have an address, ascending by it. */
function byAddress(peers: readonly FlowPeer[]): Placed[] {
  return peers
    .flatMap(({ address }, position) => (address === undefined ? [] : [{ address, position }]))
    .sort((one, other) => (one.address.value < other.address.value ? -1 : 1))
}

function push<K, V>(map: Map<K, V[]>, key: K, it: V): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [it])
  else there.push(it)
}
