/**
 * Addresses that no name outside of the cluster has: an answer that gives one would open the way to this node itself, to its link, or
 * to many at once. Private addresses (RFC 1918, RFC 4193) are learnt: networks beside the cluster have names too.
 *
 * Source  RFC 6890, RFC 4291. IPv4-mapped and IPv4-compatible addresses stand for IPv4 and are never seen in packets of IPv6.
 */
import { type Cidr, cidrContains, type Ip, parseCidr } from '@margay/netset'

/** `parseCidr` would read it as all of IPv4. */
const ipv4Mapped: Cidr = { version: 6, base: 0xffffn << 32n, prefixLength: 96 }

const text = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  // Reserved, with the address of broadcast at its end.
  '240.0.0.0/4',
  // Unspecified, loopback, IPv4-compatible.
  '::/96',
  'fe80::/10',
  'ff00::/8',
]
const never: readonly Cidr[] = [ipv4Mapped, ...text.map(parsed)]

export function isLearnable(address: Ip): boolean {
  return !never.some((cidr) => cidrContains(cidr, address))
}

function parsed(text: string): Cidr {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw new RangeError(`${text} is no CIDR`)
  return cidr
}
