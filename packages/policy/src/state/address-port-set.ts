import type { Ip } from '@margay/netset'
import { addressKey } from './address-key.ts'

export interface AddressPort {
  readonly address: Ip
  /** IANA protocol number: 6, 17 or 132. */
  readonly protocol: number
  /** 1-65535. */
  readonly port: number
}

/** Places that one can connect to, as named ports and services mean them. They are looked for when first asked about. */
export class AddressPortSet {
  /** Says what it is made of: equal sets are one. */
  readonly id: string
  readonly #find: () => readonly AddressPort[]
  readonly #among: () => unknown
  #seen: unknown
  #members: ReadonlyMap<string, AddressPort> | undefined

  /** What was found is forgotten when `among` is not what it was. */
  constructor(id: string, find: () => readonly AddressPort[], among: () => unknown = () => undefined) {
    this.id = id
    this.#find = find
    this.#among = among
    this.#seen = among()
  }

  /** Without duplicates. */
  get members(): readonly AddressPort[] {
    return [...this.#byKey().values()]
  }

  holds(place: AddressPort): boolean {
    return this.#byKey().has(keyOf(place))
  }

  #byKey(): ReadonlyMap<string, AddressPort> {
    const among = this.#among()
    if (among !== this.#seen) this.#members = undefined
    this.#seen = among
    this.#members ??= new Map(this.#find().map((place) => [keyOf(place), place]))
    return this.#members
  }
}

function keyOf({ address, protocol, port }: AddressPort): string {
  return `${addressKey(address)} ${protocol} ${port}`
}
