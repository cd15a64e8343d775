/** Addresses that endpoints and services have, one by one. */
import type { Ip, IpVersion } from '@margay/netset'
import type { NamedPort } from '../model/endpoint.ts'
import { addressKey } from '../state/address-key.ts'
import type { ServiceSet } from '../state/service-set.ts'
import { areaDifferences } from './area-differences.ts'
import { type Area, type Areas, nowhere } from './areas.ts'
import type { HostAddress } from './classified.ts'
import { rangeAt } from './range-at.ts'
import type { Resident, ResidentChanges } from './residents.ts'

/** All that is known of one address. */
export interface Seat {
  readonly key: string
  readonly address: Ip
  /** Two endpoints with one address are in the sets of both. */
  readonly residents: Resident[]
  /** By the service's id; without ports where only its addresses are of use. */
  services: ReadonlyMap<string, readonly NamedPort[]>
  area: Area
  /** As it was classified last. */
  host: HostAddress | undefined
}

const noServices: Seat['services'] = new Map()

export class Seats {
  readonly #version: IpVersion
  readonly #byKey = new Map<string, Seat>()
  readonly #services = new Map<string, ServiceSet>()
  #areas: Areas
  /** To be classified again. */
  #touched = new Set<Seat>()

  constructor(version: IpVersion, areas: Areas) {
    this.#version = version
    this.#areas = areas
  }

  changeResidents({ come, gone, changed }: ResidentChanges): void {
    for (const resident of gone) {
      for (const { residents } of this.#touch(resident.located.addresses)) {
        if (residents.includes(resident)) residents.splice(residents.indexOf(resident), 1)
      }
    }
    for (const resident of come) {
      for (const { residents } of this.#touch(resident.located.addresses)) {
        if (!residents.includes(resident)) residents.push(resident)
      }
    }
    for (const { located } of changed) this.#touch(located.addresses)
  }

  /** Undefined: nobody asks about the service any more. Its addresses need not be an endpoint's. */
  setService(id: string, service: ServiceSet | undefined): void {
    const before = this.#services.get(id)
    if (before === service) return
    if (service === undefined) this.#services.delete(id)
    else this.#services.set(id, service)
    for (const seat of this.#touch(before?.addresses ?? [])) seat.services = without(seat.services, id)
    for (const seat of this.#touch(service?.addresses ?? [])) seat.services = withPorts(seat.services, id, [])
    for (const { address, ...port } of service?.places.members ?? []) {
      for (const seat of this.#touch([address])) {
        const ports = seat.services.get(id)
        if (ports !== undefined)
          seat.services = withPorts(seat.services, id, [...ports, { name: id, ...port }])
      }
    }
  }

  /** Cost: O(all addresses). */
  setAreas(areas: Areas): void {
    const differences = areaDifferences(this.#areas, areas)
    this.#areas = areas
    if (differences.length === 0) return
    for (const seat of this.#byKey.values()) {
      if (rangeAt(differences, seat.address.value) !== undefined) this.#touched.add(seat)
    }
  }

  /** Those about which something else is known than the last time; without residents and services: those that are gone. */
  takeTouched(): Iterable<Seat> {
    const touched = this.#touched
    this.#touched = new Set()
    for (const seat of touched) {
      if (isEmpty(seat)) this.#byKey.delete(seat.key)
      else seat.area = this.#areas.at(seat.address)
    }
    return touched
  }

  #touch(addresses: readonly Ip[]): Seat[] {
    const seats: Seat[] = []
    for (const address of addresses) if (address.version === this.#version) seats.push(this.#ensure(address))
    for (const seat of seats) this.#touched.add(seat)
    return seats
  }

  #ensure(address: Ip): Seat {
    const key = addressKey(address)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const made = { key, address, residents: [], services: noServices, area: nowhere, host: undefined }
    this.#byKey.set(key, made)
    return made
  }
}

export function isEmpty({ residents, services }: Seat): boolean {
  return residents.length === 0 && services.size === 0
}

function without(services: Seat['services'], id: string): Seat['services'] {
  return services.has(id) && services.size === 1
    ? noServices
    : new Map([...services].filter(([other]) => other !== id))
}

function withPorts(services: Seat['services'], id: string, ports: readonly NamedPort[]): Seat['services'] {
  return new Map(services).set(id, ports)
}
