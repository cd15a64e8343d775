/** Addresses with the class that they are in. */
import type { Ip } from '@margay/netset'
import type { AddressClass } from './address-class.ts'

export interface HostAddress {
  /** Equal for equal addresses. */
  readonly key: string
  readonly address: Ip
  readonly class: AddressClass
}

export interface AddressRange {
  /** The first and the last address, both included, as numbers. */
  readonly first: bigint
  readonly last: bigint
  readonly class: AddressClass
}
