/** Addresses that endpoints and services have, and those that are known by names, one by one. */
import type { Ip, IpVersion } from '@margay/netset'
import { addressKey } from '../state/address-key.ts'
import type { ServiceSet } from '../state/service-set.ts'
import type { AddressClass } from './address-class.ts'
import { areaDifferences } from './area-differences.ts'
import type { Areas } from './areas.ts'
import type { HostAddress } from './classified.ts'
import { type Hosts, HostsOfSeats } from './hosts.ts'
import type { NamingChange } from './named-addresses.ts'
import { type Naming, unnamed } from './naming.ts'
import { rangeAt } from './range-at.ts'
import type { ResidentChanges } from './residents.ts'
import { Seat } from './seat.ts'

export class Seats {
  /** As of the last classification. */
  readonly hosts: Hosts
  readonly #version: IpVersion
  readonly #byKey = new Map<string, Seat>()
  readonly #services = new Map<string, ServiceSet>()
  #areas: Areas
  /** To be classified again. */
  #touched = new Set<Seat>()

  constructor(version: IpVersion, areas: Areas) {
    this.#version = version
    this.#areas = areas
    this.hosts = new HostsOfSeats(this.#byKey)
  }

  changeResidents({ come, gone, changed }: ResidentChanges): void {
    for (const it of gone) for (const seat of this.#touch(it.addresses)) seat.removeResident(it)
    for (const it of come) for (const seat of this.#touch(it.addresses)) seat.addResident(it)
    for (const { addresses } of changed) this.#touch(addresses)
  }

  /** Undefined: nobody asks about the service any more. Its addresses need not be an endpoint's. */
  setService(id: string, service: ServiceSet | undefined): void {
    const before = this.#services.get(id)
    if (before === service) return
    if (service === undefined) this.#services.delete(id)
    else this.#services.set(id, service)
    for (const seat of this.#touch(before?.addresses ?? [])) seat.removeService(id)
    for (const seat of this.#touch(service?.addresses ?? [])) seat.setService(id, [])
    for (const { address, ...port } of service?.places.members ?? []) {
      for (const seat of this.#touch([address])) {
        const ports = seat.services.get(id)
        if (ports !== undefined) seat.setService(id, [...ports, { name: id, ...port }])
      }
    }
  }

  namingAt(address: Ip): Naming {
    return this.#byKey.get(addressKey(address))?.naming ?? unnamed
  }

  changeNames(changes: readonly NamingChange[]): void {
    for (const { address, naming } of changes) {
      const known = this.#byKey.get(addressKey(address))
      if ((known?.naming ?? unnamed) === naming) continue
      for (const seat of this.#touch([address])) seat.naming = naming
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

  /** Those about which something else is known than the last time; without residents, services and names: those that are gone. */
  takeTouched(): Iterable<Seat> {
    const touched = this.#touched
    this.#touched = new Set()
    for (const seat of touched) {
      if (seat.isEmpty) this.#byKey.delete(seat.key)
      else seat.area = this.#areas.at(seat.address)
    }
    return touched
  }

  /** Returns what is said of the address from now on. */
  classify(seat: Seat, as: AddressClass): HostAddress {
    const said = seat.classified(as)
    if (said !== seat) this.#byKey.set(seat.key, said)
    return said
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
    const made = new Seat(key, address)
    this.#byKey.set(key, made)
    return made
  }
}
