/** Address ▶ number of its class: a hash for hosts, and behind it a tree of ranges for all other addresses. */
import type { NftElement, NftSet, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { AddressClass, AddressClasses } from '@margay/policy'
import { Ids } from '../nft/ids.ts'
import * as bytes from './bytes.ts'

/** What the map of hosts answers for every other address. */
export const notAHost = 0
/** Stands for every class in a group's map. */
export const anyClass = 0xffff_ffff

/** One number for each class, whatever its IP version. */
export class ClassNumbers {
  readonly #ids = new Ids(notAHost + 1, anyClass - 1)

  of({ version, key }: Pick<AddressClass, 'version' | 'key'>): number {
    return this.#ids.id(`${version} ${key}`)
  }
}

export function hostsMap(version: IpVersion): NftSet {
  return { name: `hosts-${version}`, key: [addressType(version)], data: ['integer'] }
}

export function rangesMap(version: IpVersion): NftSet {
  return { name: `ranges-${version}`, key: [addressType(version)], data: ['integer'], interval: true }
}

export function addressType(version: IpVersion): 'ipv4_addr' | 'ipv6_addr' {
  return version === 4 ? 'ipv4_addr' : 'ipv6_addr'
}

export function addressMaps(classes: AddressClasses, numbers: ClassNumbers): SetContent[] {
  return [
    { set: hostsMap(classes.version), elements: hostElements(classes, numbers) },
    { set: rangesMap(classes.version), elements: rangeElements(classes, numbers) },
  ]
}

function hostElements({ hosts }: AddressClasses, numbers: ClassNumbers): NftElement[] {
  const elements = hosts.map((host) => ({
    key: bytes.address(host.address),
    data: bytes.hostInt(numbers.of(host.class)),
  }))
  return [...elements, { key: undefined, data: bytes.hostInt(notAHost) }]
}

function rangeElements({ version, ranges, elsewhere }: AddressClasses, numbers: ClassNumbers): NftElement[] {
  const elements = ranges.map(({ first, last, class: own }) => ({
    key: bytes.address({ version, value: first }),
    keyEnd: bytes.address({ version, value: last }),
    data: bytes.hostInt(numbers.of(own)),
  }))
  return [...elements, { key: undefined, data: bytes.hostInt(numbers.of(elsewhere)) }]
}
