/** The class of each address of endpoints and services. */
import type { IpVersion } from '@margay/netset'
import { AddressClass, type ServicePlaces } from './address-class.ts'
import { type Area, ownerKeys } from './areas.ts'
import { hostClassKey, hostClassKeyWithin } from './class-key.ts'
import type { ClassTable } from './class-table.ts'
import type { HostAddress } from './classified.ts'
import { type Naming, unnamed } from './naming.ts'
import type { Reading } from './readings.ts'
import type { Residents } from './residents.ts'
import { isClassified, type Seat } from './seat.ts'
import type { Seats } from './seats.ts'

export interface HostChange {
  /** Of the address. */
  readonly key: string
  readonly before: HostAddress | undefined
  readonly after: HostAddress | undefined
}

const noServices: readonly ServicePlaces[] = []

export interface LiveHostsContext {
  readonly version: IpVersion
  readonly table: ClassTable
  readonly residents: Pick<Residents, 'readingOf'>
  readonly seats: Seats
}

export class LiveHosts {
  readonly #context: LiveHostsContext

  constructor(context: LiveHostsContext) {
    this.#context = context
  }

  /** What was touched since the last time. */
  classify(): HostChange[] {
    const { table, seats } = this.#context
    const simple = new SimpleClasses()
    const changes: HostChange[] = []
    for (const seat of seats.takeTouched()) {
      const before = isClassified(seat) ? seat : undefined
      const after = seat.isEmpty ? undefined : this.#classify(seat, simple)
      if (before !== undefined) table.leave(before.class)
      if (before?.class !== after?.class) changes.push({ key: seat.key, before, after })
    }
    return changes
  }

  #classify(seat: Seat, simple: SimpleClasses): HostAddress {
    const { table, seats } = this.#context
    const found = this.#classOf(seat, simple)
    table.enter(found)
    return seats.classify(seat, found)
  }

  #classOf(seat: Seat, simple: SimpleClasses): AddressClass {
    const { residents } = this.#context
    const { onlyResident, area, countedNaming: naming } = seat
    if (onlyResident !== undefined) {
      const reading = residents.readingOf(onlyResident)
      return simple.find(reading, area, () => this.#findSimple(reading, area))
    }
    const readings = new Set(seat.residents.map((it) => residents.readingOf(it)))
    const services = [...seat.services].map(([id, ports]) => ({ id, ports }))
    return this.#find([...readings], services, area, naming)
  }

  #findSimple(reading: Reading, area: Area): AddressClass {
    const key = area.owners.length === 0 ? reading.key : hostClassKeyWithin(reading.key, area.key)
    return this.#context.table.find(key, () => this.#make(key, reading.endpoints, noServices, area))
  }

  #find(
    endpoints: readonly Reading[],
    services: readonly ServicePlaces[],
    area: Area,
    naming: Naming,
  ): AddressClass {
    const keys = endpoints.map(({ endpointKey }) => endpointKey)
    const key = hostClassKey(keys, ownerKeys(area), services, naming.keys)
    return this.#context.table.find(key, () => this.#make(key, endpoints, services, area, naming))
  }

  #make(
    key: string,
    endpoints: readonly Reading[],
    services: readonly ServicePlaces[],
    area: Area,
    naming: Naming = unnamed,
  ): AddressClass {
    const { version } = this.#context
    const { netLists } = area
    return new AddressClass({
      key,
      version,
      kind: 'Hosts',
      identities: identitiesOf(endpoints, area),
      netLists,
      endpoints,
      services,
      naming,
    })
  }
}

/** Shared where it can be: a reading may have a class of both IP versions. */
function identitiesOf(endpoints: readonly Reading[], area: Area): AddressClass['identities'] {
  const [first] = endpoints
  if (first !== undefined && endpoints.length === 1 && area.identities.length === 0) return first.identities
  return endpoints.map(({ labels }) => labels).concat(area.identities)
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
