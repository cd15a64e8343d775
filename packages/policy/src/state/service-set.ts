/**
 * Services as peers of rules: the addresses and ports of their EndpointSlices. Every address that is listed counts, ready or
 * not, as Calico has it: so policy does not change each time that a pod's readiness does. Source: spec/api.md 2 (services).
 */
import { type Ip, parseIp } from '@margay/netset'
import type { EndpointSlice } from '@margay/resources'
import { protocolNumber } from '../model/protocol.ts'
import { addressKey } from './address-key.ts'
import { type AddressPort, AddressPortSet } from './address-port-set.ts'

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

/** Finds services by the label of their slices, one set for each service. */
export class ServiceSets implements ServiceLookup {
  #slices: ReadonlyMap<string, readonly EndpointSlice[]> = new Map()
  readonly #byId = new Map<string, ServiceSet>()

  /** From now on. A service whose slices are the same objects keeps its set. */
  use(slices: Iterable<EndpointSlice>): void {
    const before = this.#slices
    this.#slices = Map.groupBy(slices, serviceOf)
    for (const service of this.#byId.keys()) {
      if (!isSameList(before.get(service) ?? [], this.#slices.get(service) ?? [])) this.#byId.delete(service)
    }
  }

  /** A service that nobody has heard of has no addresses. */
  resolve(namespace: string, name: string): ServiceSet {
    const service = `${namespace}/${name}`
    const known = this.#byId.get(service)
    if (known !== undefined) return known
    const set = new ServiceSet(`service ${service}`, this.#slices.get(service) ?? [])
    this.#byId.set(service, set)
    return set
  }

  /** False for a set that was resolved before its service changed. */
  isCurrent(set: ServiceSet): boolean {
    return this.#byId.get(set.id.slice('service '.length)) === set
  }
}

/** Notes which sets are asked for. */
export class RecordedServices implements ServiceLookup {
  readonly resolved = new Set<ServiceSet>()
  readonly #services: ServiceLookup

  constructor(services: ServiceLookup) {
    this.#services = services
  }

  resolve(namespace: string, name: string): ServiceSet {
    const set = this.#services.resolve(namespace, name)
    this.resolved.add(set)
    return set
  }
}

function isSameList<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((it, i) => it === right[i])
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
