/**
 * Addresses that the lab chooses itself: those of the nodes on the network between them, and link-layer addresses.
 *
 * IPv4 comes from 198.18.0.0/16, which RFC 2544 sets aside for testing networks; IPv6 from one unique local
 * prefix (RFC 4193). Pods must not use them.
 */
export const nodeNetworks = { ipv4: '198.18.0.0/16', ipv6: 'fd6d:6172:6761:7900::/64' } as const

/** Gateways that Calico's CNI plugin gives to a pod; the veth's host side answers for them. */
export const podGateways = { ipv4: '169.254.1.1', ipv6: 'fe80::ecee:eeff:feee:eeee' } as const

/** Link-layer address of every veth's host side; `podGateways.ipv6` is its EUI-64 link-local address. */
export const hostSideMac = 'ee:ee:ee:ee:ee:ee'

/** More than a bridge should have, and fewer than the IPv4 network has addresses. */
export const maximumNodes = 1000

/** `index` counts from 1, at most `maximumNodes`. IPv4 first. */
export function nodeAddresses(index: number): readonly [string, string] {
  if (!Number.isInteger(index) || index < 1 || index > maximumNodes) {
    throw new RangeError(`node index ${index} is not within 1 to ${maximumNodes}`)
  }
  const ipv4 = `198.18.${index >> 8}.${index & 255}`
  return [ipv4, `fd6d:6172:6761:7900::${index.toString(16)}`]
}

/** A locally administered unicast address for the pod side; one for each index from 0 to 2^32-1. */
export function podMac(index: number): string {
  const bytes = [2, 0x6d, index >>> 24, (index >>> 16) & 255, (index >>> 8) & 255, index & 255]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
