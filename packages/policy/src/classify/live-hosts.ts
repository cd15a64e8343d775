/** The class of each address of endpoints and services. */
import type { IpVersion } from '@margay/netset'
import type { AddressClass, ServicePlaces } from './address-class.ts'
import { type Area, labelsOf, netListsOf, ownerKeys } from './areas.ts'
import { hostClassKey } from './class-key.ts'
import type { ClassTable } from './class-table.ts'
import type { HostAddress } from './classified.ts'
import type { Reading } from './residents.ts'
import { isEmpty, type Seat } from './seats.ts'

export interface HostChange {
  /** Of the address. */
  readonly key: string
  readonly before: HostAddress | undefined
  readonly after: HostAddress | undefined
}

export class LiveHosts {
  readonly all = new Map<string, HostAddress>()
  readonly #version: IpVersion
  readonly #table: ClassTable

  constructor(version: IpVersion, table: ClassTable) {
    this.#version = version
    this.#table = table
  }

  classify(seats: Iterable<Seat>): HostChange[] {
    const simple = new SimpleClasses()
    const changes: HostChange[] = []
    for (const seat of seats) {
      const before = seat.host
      seat.host = isEmpty(seat) ? undefined : this.#classify(seat, simple)
      if (before !== undefined) this.#table.leave(before.class)
      if (before !== seat.host) changes.push(this.#note(seat, before))
    }
    return changes
  }

  #note({ key, host }: Seat, before: HostAddress | undefined): HostChange {
    if (host === undefined) this.all.delete(key)
    else this.all.set(key, host)
    return { key, before, after: host }
  }

  /** What it was before if its class is the same. */
  #classify(seat: Seat, simple: SimpleClasses): HostAddress {
    const found = this.#classOf(seat, simple)
    this.#table.enter(found)
    const { key, address, host } = seat
    return host?.class === found ? host : { key, address, class: found }
  }

  #classOf({ residents, services, area }: Seat, simple: SimpleClasses): AddressClass {
    const [first] = residents
    if (first !== undefined && residents.length === 1 && services.size === 0) {
      return simple.find(first.reading, area, () => this.#find([first.reading], [], area))
    }
    const readings = [...new Set(residents.map(({ reading }) => reading))]
    const places = [...services].map(([id, ports]) => ({ id, ports }))
    return this.#find(readings, places, area)
  }

  #find(readings: readonly Reading[], services: readonly ServicePlaces[], area: Area): AddressClass {
    const keys = readings.map(({ key }) => key)
    const key = hostClassKey(keys, ownerKeys(area), services)
    return this.#table.find(key, () => ({
      key,
      version: this.#version,
      kind: 'Hosts',
      identities: [...readings.map(({ labels }) => labels), ...labelsOf(area)],
      netLists: netListsOf(area),
      endpoints: readings,
      services,
    }))
  }
}

/** Of addresses of one endpoint and no service, as nearly all are. */
class SimpleClasses {
  readonly #byArea = new Map<Area, Map<Reading, AddressClass>>()

  find(reading: Reading, area: Area, find: () => AddressClass): AddressClass {
    const byReading = this.#byArea.get(area) ?? new Map<Reading, AddressClass>()
    const known = byReading.get(reading)
    if (known !== undefined) return known
    const found = find()
    this.#byArea.set(area, byReading.set(reading, found))
    return found
  }
}
