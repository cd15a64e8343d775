/** Of an address as a socket gives it: what counts as one client. */

/**
 * An IPv4 address as it is, also when it is mapped into IPv6; of an IPv6 address the first 64 bits, since every host can
 * make up the others.
 *
 * Source  RFC 4291, section 2.5.4; the text form is that of RFC 5952.
 */
export function clientOf(address: string): string {
  const plain = address.replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined || !plain.includes(':')) return mapped ?? plain
  const [left = [], right = []] = plain.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
