/**
 * Addresses that no name outside of the cluster has: an answer that gives one would open the way to this node itself, to its link, or
 * to many at once. Private addresses (RFC 1918, RFC 4193) are learnt: networks beside the cluster have names too.
 *
 * Source  RFC 6890, RFC 4291. IPv4-mapped and IPv4-compatible addresses stand for IPv4 and are never seen in packets of IPv6.
 */
import type { Ip } from '@margay/netset'

export function isLearnable({ version, value }: Ip): boolean {
  return version === 4 ? isLearnableIpv4(value) : isLearnableIpv6(value)
}

/** None of 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4 and 240.0.0.0/4, in which is the address of broadcast. */
function isLearnableIpv4(value: bigint): boolean {
  const [first, firstTwo] = [value >> 24n, value >> 16n]
  return first !== 0n && first !== 127n && first < 224n && firstTwo !== 0xa9fen
}

/** None of ::/96 with the unspecified address, loopback and those compatible with IPv4, ::ffff:0:0/96, fe80::/10 and ff00::/8. */
function isLearnableIpv6(value: bigint): boolean {
  const first96 = value >> 32n
  return first96 !== 0n && first96 !== 0xffffn && value >> 118n !== 0x3fan && value >> 120n !== 0xffn
}
