/** Loads the class of a packet's address. */
import type { Expression } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { Direction, PeerClass } from '@margay/policy'
import { hostsMap, notAHost, rangesMap } from './address-maps.ts'
import * as bytes from './bytes.ts'
import { datumFrom, equals, ipAddress } from './expressions.ts'

/** Which of the two numbers of an address, and in which map. */
export type ClassSource = `${PeerClass['level']} ${PeerClass['kind']}`

/** In the order in which they are to be asked: a fine class hides its wide one, and a host is in no range. */
export const classSources: readonly ClassSource[] = ['Fine Hosts', 'Wide Hosts', 'Fine Ranges', 'Wide Ranges']

export function sourceOf({ level, kind }: PeerClass): ClassSource {
  return `${level} ${kind}`
}

/** The register that has the number after `loadClass`. */
export function registerOf(source: ClassSource): 0 | 1 {
  return source.startsWith('Wide') ? 1 : 0
}

/** The fine class to register 0, the wide one to register 1. For ranges the rule ends where the address is a host's. */
export function loadClass(source: ClassSource, version: IpVersion, side: 'saddr' | 'daddr'): Expression[] {
  const load = ipAddress(side, version, 0)
  if (source.endsWith('Hosts')) return [load, datumFrom(hostsMap(version).name, 0, 0)]
  return [
    load,
    datumFrom(hostsMap(version).name, 0, 8),
    equals(8, bytes.hostInt(notAHost)),
    datumFrom(rangesMap(version).name, 0, 0),
  ]
}

/** Where the other end's address stands in a packet. */
export function peerSide(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'Ingress' ? 'saddr' : 'daddr'
}

export function ownSide(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'Ingress' ? 'daddr' : 'saddr'
}
