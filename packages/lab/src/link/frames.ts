/**
 * Frames as bytes, for a LinkSocket: Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200), UDP, ICMP, ARP (RFC 826). Checksums are right;
 * everything else is as the caller wants it, also what no honest kernel would send.
 */
import { internetChecksum, pseudoHeader } from '../packets/checksum.ts'
import { IPPROTO_ICMPV6, IPPROTO_UDP } from '../syscalls/constants.ts'
import { encodeIp } from '../syscalls/sockaddr.ts'

export const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const

/** Six bytes of a text such as `ee:ee:ee:ee:ee:ee`. */
export function encodeMac(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

export interface EthernetHeader {
  readonly source: string
  readonly destination: string
  readonly etherType: number
}

export function encodeEthernet({ source, destination, etherType }: EthernetHeader, payload: Buffer): Buffer {
  const type = Buffer.from([etherType >> 8, etherType & 255])
  return Buffer.concat([encodeMac(destination), encodeMac(source), type, payload])
}

export interface IpHeader {
  /** Both of one family, which decides the version. */
  readonly source: string
  readonly destination: string
  readonly protocol: number
  /** 1 to 255; 64 by default. Neighbour discovery needs 255. */
  readonly hopLimit?: number
  readonly fragment?: Fragment
}

/** One piece of a packet. */
export interface Fragment {
  /** Equal in all pieces: 0 to 65535. */
  readonly id: number
  /** In bytes; a multiple of 8. */
  readonly offset: number
  readonly isLast: boolean
}

export function encodeIpPacket(header: IpHeader, payload: Buffer): Buffer {
  return encodeIp(header.source).length === 4 ? encodeIpv4(header, payload) : encodeIpv6(header, payload)
}

function encodeIpv4({ source, destination, protocol, hopLimit = 64, fragment }: IpHeader, payload: Buffer) {
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt16BE(header.length + payload.length, 2)
  if (fragment !== undefined) {
    header.writeUInt16BE(fragment.id, 4)
    header.writeUInt16BE((fragment.isLast ? 0 : 0x2000) | (fragment.offset / 8), 6)
  }
  header.writeUInt8(hopLimit, 8)
  header.writeUInt8(protocol, 9)
  encodeIp(source).copy(header, 12)
  encodeIp(destination).copy(header, 16)
  header.writeUInt16BE(internetChecksum(header), 10)
  return Buffer.concat([header, payload])
}

const fragmentHeader = 44

function encodeIpv6({ source, destination, protocol, hopLimit = 64, fragment }: IpHeader, payload: Buffer) {
  const extension = fragment === undefined ? Buffer.alloc(0) : encodeFragmentHeader(protocol, fragment)
  const header = Buffer.alloc(40)
  header.writeUInt8(0x60, 0)
  header.writeUInt16BE(extension.length + payload.length, 4)
  header.writeUInt8(fragment === undefined ? protocol : fragmentHeader, 6)
  header.writeUInt8(hopLimit, 7)
  encodeIp(source).copy(header, 8)
  encodeIp(destination).copy(header, 24)
  return Buffer.concat([header, extension, payload])
}

/** RFC 8200 4.5. */
function encodeFragmentHeader(protocol: number, { id, offset, isLast }: Fragment): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt8(protocol, 0)
  bytes.writeUInt16BE(offset | (isLast ? 0 : 1), 2)
  bytes.writeUInt32BE(id, 4)
  return bytes
}

export interface UdpHeader {
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
}

/** The addresses are those of the IP header, for the checksum. */
export function encodeUdp(header: UdpHeader, data: Buffer): Buffer {
  const packet = Buffer.concat([Buffer.alloc(8), data])
  packet.writeUInt16BE(header.sourcePort, 0)
  packet.writeUInt16BE(header.destinationPort, 2)
  packet.writeUInt16BE(packet.length, 4)
  packet.writeUInt16BE(transportChecksum(header, IPPROTO_UDP, packet) || 0xffff, 6)
  return packet
}

/** `body` is everything after the checksum. */
export function encodeIcmpv6Message(
  ends: Pick<IpHeader, 'source' | 'destination'>,
  { type, code = 0 }: { readonly type: number; readonly code?: number },
  body: Buffer,
): Buffer {
  const packet = Buffer.concat([Buffer.from([type, code, 0, 0]), body])
  packet.writeUInt16BE(transportChecksum(ends, IPPROTO_ICMPV6, packet), 2)
  return packet
}

function transportChecksum(
  { source, destination }: Pick<IpHeader, 'source' | 'destination'>,
  protocol: number,
  packet: Buffer,
): number {
  return internetChecksum(
    pseudoHeader(encodeIp(source), encodeIp(destination), protocol, packet.length),
    packet,
  )
}

export interface ArpMessage {
  readonly operation: 'request' | 'reply'
  readonly senderMac: string
  readonly senderIp: string
  readonly targetMac: string
  readonly targetIp: string
}

export function encodeArp({ operation, senderMac, senderIp, targetMac, targetIp }: ArpMessage): Buffer {
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, operation === 'request' ? 1 : 2])
  return Buffer.concat([
    head,
    encodeMac(senderMac),
    encodeIp(senderIp),
    encodeMac(targetMac),
    encodeIp(targetIp),
  ])
}
