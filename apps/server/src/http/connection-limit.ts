/**
 * Which connections there may be. Pure: a connection is any value, and time is handed in.
 *
 * Holds  1. No more are open than the limits say, over all and for each address.
 *        2. Where there is no room, the oldest connection on which nobody has proved who he is gives way, if it had its time;
 *           else the new one is refused. One that somebody proved never gives way.
 */
import type { ConnectionLimits } from './limits.ts'

/**
 * So long nobody has to give way: when very many come at once, each that gets in can finish its handshake, instead of
 * losing its place to the next.
 */
const graceMs = 2000

export type Admission<T> = { readonly isOpen: false } | { readonly isOpen: true; readonly givesWay?: T }

interface Entry<T> {
  readonly connection: T
  readonly use: AddressUse<T>
  readonly openedMs: number
}

interface AddressUse<T> {
  readonly address: string
  count: number
  /** Oldest first. */
  readonly unproven: Set<Entry<T>>
}

export class ConnectionLimit<T> {
  readonly #limits: ConnectionLimits
  readonly #nowMs: () => number
  readonly #entries = new Map<T, Entry<T>>()
  readonly #uses = new Map<string, AddressUse<T>>()
  /** Oldest first. */
  readonly #unproven = new Set<Entry<T>>()

  /** `nowMs` never goes back. */
  constructor(limits: ConnectionLimits, nowMs: () => number) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  /** Who gives way is closed already, as far as this is concerned. */
  open(connection: T, address: string): Admission<T> {
    const use = this.#uses.get(address) ?? { address, count: 0, unproven: new Set() }
    const crowd = this.#crowdWith(use)
    if (crowd === undefined) {
      this.#add(connection, use)
      return { isOpen: true }
    }
    const [oldest] = crowd
    if (oldest === undefined || this.#nowMs() - oldest.openedMs < graceMs) return { isOpen: false }
    this.close(oldest.connection)
    this.#add(connection, use)
    return { isOpen: true, givesWay: oldest.connection }
  }

  /** Somebody has proved who he is. */
  prove(connection: T): void {
    const entry = this.#entries.get(connection)
    if (entry === undefined) return
    this.#unproven.delete(entry)
    entry.use.unproven.delete(entry)
  }

  /** May be called again. */
  close(connection: T): void {
    const entry = this.#entries.get(connection)
    if (entry === undefined) return
    this.prove(connection)
    this.#entries.delete(connection)
    entry.use.count -= 1
    if (entry.use.count === 0) this.#uses.delete(entry.use.address)
  }

  /** Those of whom one has to go before another can come; undefined if there is room. */
  #crowdWith({ count, unproven }: AddressUse<T>): Set<Entry<T>> | undefined {
    const limits = this.#limits
    if (count >= limits.perAddress || unproven.size >= limits.unprovenPerAddress) return unproven
    if (this.#entries.size >= limits.total || this.#unproven.size >= limits.unproven) return this.#unproven
    return undefined
  }

  #add(connection: T, use: AddressUse<T>): void {
    const entry = { connection, use, openedMs: this.#nowMs() }
    use.count += 1
    use.unproven.add(entry)
    this.#uses.set(use.address, use)
    this.#entries.set(connection, entry)
    this.#unproven.add(entry)
  }
}
