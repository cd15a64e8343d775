/**
 * Address ▶ number of its class: a hash for hosts, and behind it a tree of ranges for all other addresses. A host leads to the number of its
 * class's traits as well.
 */
import type { NftElement, NftSet } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { AddressClass, AddressRange, HostAddress } from '@margay/policy'
import { Ids } from '../nft/ids.ts'
import * as bytes from './bytes.ts'
import { roomFor } from './room.ts'

/** What the second of two maps answers where it knows nothing. No class has this number. */
export const noNumber = 0

/** One number for each class of an IP version: no map has classes of both. Keys of classes are kept, and nothing beside them. */
export class ClassNumbers {
  readonly #ids = { 4: new Ids(noNumber + 1, 0xffff_ffff, '4 '), 6: new Ids(noNumber + 1, 0xffff_ffff, '6 ') }

  of({ version, key }: AddressClass): number {
    return this.#ids[version].id(key)
  }
}

/** The maps of an IP version. A packet's address is looked up in `ranges` only if `hosts` does not have it. */
export interface ClassMaps {
  readonly hosts: RoomyMap
  readonly ranges: NftSet
}

export interface RoomyMap extends NftSet {
  /** How many elements it may hold. */
  readonly size: number
}

export interface ClassMapsOptions {
  /** Maps that are there at the same time need other names. */
  readonly edition: number
  /** At least so many hosts have room. */
  readonly leastRoom: number
}

/** With room for twice as many hosts as there are. */
export function classMaps(
  version: IpVersion,
  hosts: number,
  { edition, leastRoom }: ClassMapsOptions,
): ClassMaps {
  const suffix = edition === 0 ? `${version}` : `${version}-${edition}`
  const key = [addressType(version)]
  return {
    hosts: { ...roomy(`hosts-${suffix}`, hosts, leastRoom), key, data: ['mark', 'mark'] },
    ranges: { name: `ranges-${suffix}`, key, data: ['mark'], interval: true },
  }
}

/** The room is part of the name, since the kernel can't change it. */
function roomy(name: string, count: number, leastRoom: number) {
  const size = roomFor(count, leastRoom)
  return { name: size === leastRoom ? name : `${name}-room-${size}`, size }
}

export function addressType(version: IpVersion): 'ipv4_addr' | 'ipv6_addr' {
  return version === 4 ? 'ipv4_addr' : 'ipv6_addr'
}

/** What is said of the classes of hosts. */
export interface TraitNumbers {
  /** Of a class, by its number; `noNumber` where it has none. */
  numberOf(number: number): number
}

export function hostElement(
  { address, class: own }: HostAddress,
  numbers: ClassNumbers,
  traits: TraitNumbers,
): NftElement {
  const number = numbers.of(own)
  const data = bytes.concat(bytes.hostInt(number), bytes.hostInt(traits.numberOf(number)))
  return { key: bytes.address(address), data }
}

export function rangeElements(
  version: IpVersion,
  { ranges, elsewhere }: { readonly ranges: readonly AddressRange[]; readonly elsewhere: AddressClass },
  numbers: ClassNumbers,
): NftElement[] {
  const elements = ranges.map(({ first, last, class: own }) => ({
    key: bytes.address({ version, value: first }),
    keyEnd: bytes.address({ version, value: last }),
    data: bytes.hostInt(numbers.of(own)),
  }))
  return [...elements, { key: undefined, data: bytes.hostInt(numbers.of(elsewhere)) }]
}
