/** Loads the class of a packet's address. */
import type { Expression } from '@margay/netlink/nftables'
import type { Direction } from '@margay/policy'
import { type AddressMapKey, addressMap, notAHost } from './address-maps.ts'
import * as bytes from './bytes.ts'
import { datumFrom, equals, ipAddress, throughMark } from './expressions.ts'

/**
 * To register 0. `between` may end the rule: it comes before the class, which may not any more. For ranges the rule ends where the
 * address is a host's.
 */
export function loadClass(
  map: AddressMapKey,
  side: 'saddr' | 'daddr',
  between: readonly Expression[],
): Expression[] {
  const address = 4
  const load = ipAddress(side, map.version, address)
  const found = datumFrom(addressMap(map).name, address, 0)
  if (map.source.endsWith('Hosts')) return [load, ...between, found]
  const hosts = addressMap({ ...map, source: 'Fine Hosts' }).name
  const isNoHost = [datumFrom(hosts, address, 0), ...throughMark(0), equals(0, bytes.hostInt(notAHost))]
  return [load, ...isNoHost, ...between, found]
}

/** Where the other end's address stands in a packet. */
export function peerSide(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'Ingress' ? 'saddr' : 'daddr'
}

export function ownSide(direction: Direction): 'saddr' | 'daddr' {
  return direction === 'Ingress' ? 'daddr' : 'saddr'
}
