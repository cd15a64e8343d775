/** All that is known of one address that endpoints or services have. */
import type { Ip } from '@margay/netset'
import type { NamedPort } from '../model/endpoint.ts'
import type { AddressClass } from './address-class.ts'
import { type Area, nowhere } from './areas.ts'
import type { HostAddress } from './classified.ts'
import type { Located } from './located.ts'
import { type Naming, unnamed } from './naming.ts'

/** Ports by the service's id; without ports where only its addresses are of use. */
export type ServicesAt = ReadonlyMap<string, readonly NamedPort[]>

const noServices: ServicesAt = new Map()
const nobody: readonly Located[] = []

/** There is one for each address, so that it is also what is said of the address: with another class, it is another object. */
export class Seat {
  readonly key: string
  readonly address: Ip
  /** As it was classified last; undefined until then. */
  class: AddressClass | undefined = undefined
  area: Area = nowhere
  naming: Naming = unnamed
  #services = noServices
  /** Nearly all addresses are of one endpoint, which takes no list. */
  #resident: Located | undefined = undefined
  #others = nobody

  constructor(key: string, address: Ip) {
    this.key = key
    this.address = address
  }

  get services(): ServicesAt {
    return this.#services
  }

  /** Names of an endpoint's address count for nothing: nobody's DNS opens the way to a workload. */
  get countedNaming(): Naming {
    return this.#resident === undefined ? this.naming : unnamed
  }

  /** The endpoint, if it is of one, and of no service. */
  get onlyResident(): Located | undefined {
    return this.#others.length === 0 && this.#services.size === 0 ? this.#resident : undefined
  }

  /** Two endpoints with one address are in the sets of both. */
  get residents(): readonly Located[] {
    return this.#resident === undefined ? nobody : [this.#resident, ...this.#others]
  }

  get isEmpty(): boolean {
    return this.#resident === undefined && this.#services.size === 0 && this.naming === unnamed
  }

  /** Nothing happens where it is one already. */
  addResident(it: Located): void {
    if (this.#resident === undefined) this.#resident = it
    else if (this.#resident !== it && !this.#others.includes(it)) this.#others = this.#others.concat(it)
  }

  removeResident(it: Located): void {
    const left = this.residents.filter((other) => other !== it)
    this.#resident = left[0]
    this.#others = left.length < 2 ? nobody : left.slice(1)
  }

  setService(id: string, ports: readonly NamedPort[]): void {
    this.#services = new Map(this.#services).set(id, ports)
  }

  removeService(id: string): void {
    const left = [...this.#services].filter(([other]) => other !== id)
    this.#services = left.length === 0 ? noServices : new Map(left)
  }

  /** What is said of it from now on. */
  classified(as: AddressClass): Seat & HostAddress {
    const said = this.class === undefined || this.class === as ? this : this.#copy()
    return Object.assign(said, { class: as })
  }

  #copy(): Seat {
    const copy = new Seat(this.key, this.address)
    copy.area = this.area
    copy.naming = this.naming
    copy.#services = this.#services
    copy.#resident = this.#resident
    copy.#others = this.#others
    return copy
  }
}

export function isClassified(seat: Seat): seat is Seat & HostAddress {
  return seat.class !== undefined
}
