/**
 * Services as peers of rules: the addresses and ports of their EndpointSlices. Every address that is listed counts, ready or
 * not, as Calico has it: so policy does not change each time that a pod's readiness does. Source: spec/api.md 2 (services).
 */
import { type Ip, parseIp } from '@margay/netset'
import type { EndpointSlice } from '@margay/resources'
import { protocolNumber } from '../model/protocol.ts'
import { addressKey } from './address-key.ts'
import { type AddressPort, AddressPortSet } from './address-port-set.ts'
import type { Delta } from './delta.ts'
import { Groups } from './groups.ts'

/** The endpoints of one service at a moment. They are looked for when first asked about. */
export class ServiceSet {
  /** As `service shop/db`: equal services are one set. */
  readonly id: string
  /** For a destination: a place must have the address, the protocol and the port. A port without a number is none. */
  readonly places: AddressPortSet
  readonly #slices: readonly EndpointSlice[]
  #addresses: ReadonlyMap<string, Ip> | undefined

  constructor(id: string, slices: readonly EndpointSlice[]) {
    this.id = id
    this.places = new AddressPortSet(id, () => slices.flatMap(placesOf))
    this.#slices = slices
  }

  /** For a source: whatever the port. Without duplicates. */
  get addresses(): readonly Ip[] {
    return [...this.#byKey().values()]
  }

  holdsAddress(address: Ip): boolean {
    return this.#byKey().has(addressKey(address))
  }

  #byKey(): ReadonlyMap<string, Ip> {
    this.#addresses ??= new Map(this.#slices.flatMap(addressesOf).map((ip) => [addressKey(ip), ip]))
    return this.#addresses
  }
}

/** Where rules look services up. */
export interface ServiceLookup {
  resolve(namespace: string, name: string): ServiceSet
}

const nobody: ReadonlySet<unknown> = new Set()

/** Finds services by the label of their slices, one set for each service. Those that nobody uses any more are forgotten. */
export class ServiceSets implements ServiceLookup {
  readonly #slices = new Groups<EndpointSlice>()
  readonly #byId = new Map<string, ServiceSet>()
  readonly #users = new Groups<unknown>()

  /** Who uses sets that are not current any more. */
  update({ gone, come }: Delta<EndpointSlice>): ReadonlySet<unknown> {
    if (gone.length + come.length === 0) return nobody
    for (const slice of gone) this.#slices.delete(serviceOf(slice), slice)
    for (const slice of come) this.#slices.add(serviceOf(slice), slice)
    const changed = new Set([...gone, ...come].map((slice) => idOf(serviceOf(slice))))
    for (const id of changed) this.#byId.delete(id)
    return new Set([...changed].flatMap((id) => [...this.#users.of(id)]))
  }

  /** A service that nobody has heard of has no addresses. */
  resolve(namespace: string, name: string): ServiceSet {
    const service = `${namespace}/${name}`
    const id = idOf(service)
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const set = new ServiceSet(id, [...this.#slices.of(service)])
    this.#byId.set(id, set)
    return set
  }

  /** Whoever uses sets is told when they are not current any more, until it releases them. */
  retain(ids: Iterable<string>, user: unknown): void {
    for (const id of ids) this.#users.add(id, user)
  }

  release(ids: Iterable<string>, user: unknown): void {
    for (const id of ids) {
      this.#users.delete(id, user)
      if (!this.#users.has(id)) this.#byId.delete(id)
    }
  }
}

function idOf(service: string): string {
  return `service ${service}`
}

function serviceOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
}

/** Names of DNS are no addresses. */
function addressesOf({ endpoints = [] }: EndpointSlice): Ip[] {
  return endpoints
    .flatMap(({ addresses }) => addresses)
    .map(parseIp)
    .filter((ip) => ip !== undefined)
}

function placesOf(slice: EndpointSlice): AddressPort[] {
  const ports = (slice.ports ?? []).flatMap(({ protocol = 'TCP', port }) =>
    port === undefined ? [] : [{ protocol: protocolNumber(protocol) ?? 0, port }],
  )
  return addressesOf(slice).flatMap((address) => ports.map((port) => ({ address, ...port })))
}
