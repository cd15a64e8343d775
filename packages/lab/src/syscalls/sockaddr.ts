/** IP addresses as bytes, and `struct sockaddr_in` and `sockaddr_in6` (ip(7), ipv6(7)). */
import { isIP } from 'node:net'
import { AF_INET, AF_INET6 } from './constants.ts'

export type Family = 4 | 6

/** 4 or 6; undefined for text that is no IP address, and for one with a zone (`fe80::1%eth0`). */
export function familyOf(ip: string): Family | undefined {
  const version = isIP(ip)
  return version === 4 || (version === 6 && !ip.includes('%')) ? (version as Family) : undefined
}

export function addressFamily(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6
}

/** 4 or 16 bytes in network order. Throws RangeError for text that is no IP address. */
export function encodeIp(ip: string): Buffer {
  const family = familyOf(ip)
  if (family === undefined) throw new RangeError(`${JSON.stringify(ip)} is not an IP address`)
  return family === 4 ? Buffer.from(ip.split('.').map(Number)) : encodeIpv6(ip)
}

/** One spelling for each address: equal keys mean equal addresses. */
export function ipKey(ip: string): string {
  return encodeIp(ip).toString('hex')
}

/** The inverse of `encodeIp`, up to the spelling of IPv6 (groups are not compressed). */
export function decodeIp(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  return groups.join(':')
}

/** Port in host order, 0 to 65535; 0 lets the kernel choose. The family field is in host order (little-endian here). */
export function encodeSockaddr(ip: string, port: number): Buffer {
  const address = encodeIp(ip)
  const bytes = Buffer.alloc(address.length === 4 ? 16 : 28)
  bytes.writeUInt16LE(address.length === 4 ? AF_INET : AF_INET6, 0)
  bytes.writeUInt16BE(port, 2)
  address.copy(bytes, address.length === 4 ? 4 : 8)
  return bytes
}

/** Undefined for a family that is neither IPv4 nor IPv6. */
export function decodeSockaddr(bytes: Buffer): { readonly ip: string; readonly port: number } | undefined {
  const family = bytes.readUInt16LE(0)
  const port = bytes.readUInt16BE(2)
  if (family === AF_INET) return { ip: decodeIp(bytes.subarray(4, 8)), port }
  if (family === AF_INET6) return { ip: decodeIp(bytes.subarray(8, 24)), port }
  return undefined
}

/** The caller checked the syntax: RFC 4291 2.2, with the dotted form of the last 32 bits. */
function encodeIpv6(ip: string): Buffer {
  const [head = '', tail] = ip.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const bytes = Buffer.alloc(16)
  before.forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2)
  })
  after.forEach((group, index) => {
    bytes.writeUInt16BE(group, 16 - (after.length - index) * 2)
  })
  return bytes
}

function groupsOf(text: string): number[] {
  return text.split(':').flatMap((group) => {
    if (group === '') return []
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const bytes = Buffer.from(group.split('.').map(Number))
    return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
  })
}
