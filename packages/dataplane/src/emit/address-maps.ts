/** Address ▶ number of its class: a hash for hosts, and behind it a tree of ranges for all other addresses. */
import type { NftElement, NftSet, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { AddressClass, AddressClasses, ClassLevels, PeerClass } from '@margay/policy'
import { Ids } from '../nft/ids.ts'
import * as bytes from './bytes.ts'

/** What the map of hosts answers for every other address. */
export const notAHost = 0
/** Stands for every class in a group's map. */
export const anyClass = 0xffff_ffff

/** One number for each class, whatever its IP version. */
export class ClassNumbers {
  readonly #ids = new Ids(notAHost + 1, anyClass - 1)

  of(version: IpVersion, { level, key }: PeerClass): number {
    return this.#ids.id(`${version} ${level} ${key}`)
  }
}

/** Of the fine class, then of the wide one. */
const classes = ['integer', 'integer'] as const

export function hostsMap(version: IpVersion): NftSet {
  return { name: `hosts-${version}`, key: [addressType(version)], data: classes }
}

export function rangesMap(version: IpVersion): NftSet {
  return { name: `ranges-${version}`, key: [addressType(version)], data: classes, interval: true }
}

export function addressType(version: IpVersion): 'ipv4_addr' | 'ipv6_addr' {
  return version === 4 ? 'ipv4_addr' : 'ipv6_addr'
}

export function addressMaps(
  classes: AddressClasses,
  levels: ClassLevels,
  numbers: ClassNumbers,
): SetContent[] {
  const { version } = classes
  const datum = memoized((it) =>
    bytes.concat(
      bytes.hostInt(numbers.of(version, levels.fine(it))),
      bytes.hostInt(numbers.of(version, levels.wide(it))),
    ),
  )
  return [
    { set: hostsMap(version), elements: hostElements(classes, datum) },
    { set: rangesMap(version), elements: rangeElements(classes, datum) },
  ]
}

type DatumOf = (it: AddressClass) => Uint8Array

function memoized(make: DatumOf): DatumOf {
  const known = new Map<AddressClass, Uint8Array>()
  return (it) => {
    const datum = known.get(it) ?? make(it)
    known.set(it, datum)
    return datum
  }
}

function hostElements({ hosts }: AddressClasses, datum: DatumOf): NftElement[] {
  const elements = hosts.map((host) => ({
    key: bytes.address(host.address),
    data: datum(host.class),
  }))
  return [
    ...elements,
    { key: undefined, data: bytes.concat(bytes.hostInt(notAHost), bytes.hostInt(notAHost)) },
  ]
}

function rangeElements({ version, ranges, elsewhere }: AddressClasses, datum: DatumOf): NftElement[] {
  const elements = ranges.map(({ first, last, class: own }) => ({
    key: bytes.address({ version, value: first }),
    keyEnd: bytes.address({ version, value: last }),
    data: datum(own),
  }))
  return [...elements, { key: undefined, data: datum(elsewhere) }]
}
