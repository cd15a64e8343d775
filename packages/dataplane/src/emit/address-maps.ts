/** Address ▶ number of its class: a hash for hosts, and behind it a tree of ranges for all other addresses; each for both levels. */
import type { NftElement, NftSet, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { AddressClass, AddressClasses, ClassLevels, PeerClass } from '@margay/policy'
import { Ids } from '../nft/ids.ts'
import * as bytes from './bytes.ts'

/** What the map of hosts answers for every other address. */
export const notAHost = 0

/** One number for each class, whatever its IP version. */
export class ClassNumbers {
  readonly #ids = new Ids(notAHost + 1, 0xffff_ffff)

  of(version: IpVersion, { level, key }: PeerClass): number {
    return this.#ids.id(`${version} ${level} ${key}`)
  }
}

/** Which of an address's two classes, and which of the two kinds of addresses. */
export type ClassSource = `${PeerClass['level']} ${PeerClass['kind']}`

/** In the order in which they are to be asked: a fine class hides its wide one, and a host is in no range. */
export const classSources: readonly ClassSource[] = ['Fine Hosts', 'Wide Hosts', 'Fine Ranges', 'Wide Ranges']

export function sourceOf({ level, kind }: PeerClass): ClassSource {
  return `${level} ${kind}`
}

/** Two maps of one number each, and not one map of both: nft(8) can't list a rule that reads a part of a datum. */
export function addressMap(source: ClassSource, version: IpVersion): NftSet {
  const [level, kind] = source.toLowerCase().split(' ')
  const map: NftSet = { name: `${kind}-${level}-${version}`, key: [addressType(version)], data: ['mark'] }
  return kind === 'ranges' ? { ...map, interval: true } : map
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
  const number = (it: PeerClass) => bytes.hostInt(numbers.of(version, it))
  const fine = memoized((it) => number(levels.fine(it)))
  const wide = memoized((it) => number(levels.wide(it)))
  return [
    { set: addressMap('Fine Hosts', version), elements: hostElements(classes, fine) },
    { set: addressMap('Wide Hosts', version), elements: hostElements(classes, wide) },
    { set: addressMap('Fine Ranges', version), elements: rangeElements(classes, fine) },
    { set: addressMap('Wide Ranges', version), elements: rangeElements(classes, wide) },
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
  return [...elements, { key: undefined, data: bytes.hostInt(notAHost) }]
}

function rangeElements({ version, ranges, elsewhere }: AddressClasses, datum: DatumOf): NftElement[] {
  const elements = ranges.map(({ first, last, class: own }) => ({
    key: bytes.address({ version, value: first }),
    keyEnd: bytes.address({ version, value: last }),
    data: datum(own),
  }))
  return [...elements, { key: undefined, data: datum(elsewhere) }]
}
