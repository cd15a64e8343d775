/** Address ▶ number of its class: a hash for hosts, and behind it a tree of ranges for all other addresses; each for both levels. */
import type { NftElement, NftSet, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { AddressClass, AddressClasses, ClassLevels, HostAddress, PeerClass } from '@margay/policy'
import { Ids } from '../nft/ids.ts'
import * as bytes from './bytes.ts'

/** What the map of hosts answers for every other address. */
export const notAHost = 0

/** One number for each class, whatever its IP version. */
export class ClassNumbers {
  readonly #ids = new Ids(notAHost + 1, 0xffff_ffff)
  /** A class is of one version. */
  readonly #byClass = new WeakMap<PeerClass, number>()

  of(version: IpVersion, it: PeerClass): number {
    const known = this.#byClass.get(it)
    if (known !== undefined) return known
    const number = this.#ids.id(`${version} ${it.level} ${it.key}`)
    this.#byClass.set(it, number)
    return number
  }
}

/** Which of an address's two classes, and which of the two kinds of addresses. */
export type ClassSource = `${PeerClass['level']} ${PeerClass['kind']}`

/** In the order in which they are to be asked: a fine class hides its wide one, and a host is in no range. */
export const classSources: readonly ClassSource[] = ['Fine Hosts', 'Wide Hosts', 'Fine Ranges', 'Wide Ranges']

export function sourceOf({ level, kind }: PeerClass): ClassSource {
  return `${level} ${kind}`
}

/** One of the maps. */
export interface AddressMapKey {
  readonly source: ClassSource
  readonly version: IpVersion
  readonly edition: Edition
}

/**
 * From 1. Where rules change as well, maps are not changed, but made anew beside those that are in use. What belongs to the first
 * edition bears no number.
 */
export type Edition = number

/** Two maps of one number each, and not one map of both: nft(8) can't list a rule that reads a part of a datum. */
export function addressMap({ source, version, edition }: AddressMapKey): NftSet {
  const [level, kind] = source.toLowerCase().split(' ')
  const name = `${kind}-${level}-${version}${edition === 1 ? '' : `.${edition}`}`
  const map: NftSet = { name, key: [addressType(version)], data: ['mark'] }
  return kind === 'ranges' ? { ...map, interval: true } : map
}

/** Of all maps that a table has in an edition. */
export function addressMapNames(edition: Edition): string[] {
  return ([4, 6] as const).flatMap((version) =>
    classSources.map((source) => addressMap({ source, version, edition }).name),
  )
}

export function addressType(version: IpVersion): 'ipv4_addr' | 'ipv6_addr' {
  return version === 4 ? 'ipv4_addr' : 'ipv6_addr'
}

/** Makes the maps again and again: elements that say the same are the same objects. */
export class AddressMaps {
  readonly #version: IpVersion
  readonly #numbers: ClassNumbers
  readonly #fine = new HostElements()
  readonly #wide = new HostElements()

  constructor(version: IpVersion, numbers: ClassNumbers) {
    this.#version = version
    this.#numbers = numbers
  }

  /** With these hosts; others would be found in the ranges, and have to be of no class there. */
  contents(
    classes: AddressClasses,
    levels: ClassLevels,
    hosts = classes.hosts,
  ): (edition: Edition) => SetContent[] {
    const number = (it: PeerClass) => this.#numbers.of(this.#version, it)
    const fine = memoized((it) => number(levels.fine(it)))
    const wide = memoized((it) => number(levels.wide(it)))
    const elementsOf = {
      'Fine Hosts': this.#fine.of(hosts, fine),
      'Wide Hosts': this.#wide.of(hosts, wide),
      'Fine Ranges': rangeElements(classes, fine),
      'Wide Ranges': rangeElements(classes, wide),
    }
    const { version } = classes
    return (edition) =>
      classSources.map((source) => ({
        set: addressMap({ source, version, edition }),
        elements: elementsOf[source],
      }))
  }
}

type NumberOf = (it: AddressClass) => number

function memoized(make: NumberOf): NumberOf {
  const known = new Map<AddressClass, number>()
  return (it) => {
    const number = known.get(it) ?? make(it)
    known.set(it, number)
    return number
  }
}

class HostElements {
  #known = new Map<string, { readonly number: number; readonly element: NftElement }>()

  of(hosts: readonly HostAddress[], numberOf: NumberOf): NftElement[] {
    const before = this.#known
    this.#known = new Map()
    for (const host of hosts) {
      const number = numberOf(host.class)
      const known = before.get(host.key)
      this.#known.set(host.key, known?.number === number ? known : hostElement(host, number))
    }
    return [...[...this.#known.values()].map(({ element }) => element), elsewhere]
  }
}

function hostElement({ address }: HostAddress, number: number) {
  return { number, element: { key: bytes.address(address), data: bytes.hostInt(number) } }
}

const elsewhere: NftElement = { key: undefined, data: bytes.hostInt(notAHost) }

function rangeElements({ version, ranges, elsewhere }: AddressClasses, numberOf: NumberOf): NftElement[] {
  const elements = ranges.map(({ first, last, class: own }) => ({
    key: bytes.address({ version, value: first }),
    keyEnd: bytes.address({ version, value: last }),
    data: bytes.hostInt(numberOf(own)),
  }))
  return [...elements, { key: undefined, data: bytes.hostInt(numberOf(elsewhere)) }]
}
