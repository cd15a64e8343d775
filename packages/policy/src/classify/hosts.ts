/** Addresses with their classes, by `addressKey`: a view of seats, since a map would be one more entry for each address. */
import type { HostAddress } from './classified.ts'
import { isClassified, type Seat } from './seat.ts'

export interface Hosts extends Iterable<readonly [key: string, host: HostAddress]> {
  readonly size: number
  get(key: string): HostAddress | undefined
  keys(): Iterable<string>
  values(): Iterable<HostAddress>
}

/** All seats are classified whenever it is asked. */
export class HostsOfSeats implements Hosts {
  readonly #seats: ReadonlyMap<string, Seat>

  constructor(seats: ReadonlyMap<string, Seat>) {
    this.#seats = seats
  }

  get size(): number {
    return this.#seats.size
  }

  get(key: string): HostAddress | undefined {
    const seat = this.#seats.get(key)
    return seat !== undefined && isClassified(seat) ? seat : undefined
  }

  keys(): Iterable<string> {
    return this.#seats.keys()
  }

  values(): Iterable<HostAddress> {
    return this.#seats.values().filter(isClassified)
  }

  *[Symbol.iterator](): Iterator<readonly [string, HostAddress]> {
    for (const host of this.values()) yield [host.key, host]
  }
}
