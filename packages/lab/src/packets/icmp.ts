/** ICMP messages (RFC 792, RFC 4443) with identifier and sequence number where echo has them, and the mark as data. */
import { internetChecksum } from './checksum.ts'

export interface IcmpMessage {
  readonly type: number
  readonly code: number
  /** 0 to 65535; conntrack tells echo requests apart by it. */
  readonly identifier: number
  readonly mark: Buffer
}

/** Echo request. */
export const icmpEcho = { 4: 8, 6: 128 } as const

/** With its checksum. */
export function encodeIcmp(message: IcmpMessage): Buffer {
  const packet = encodeIcmpv6(message)
  packet.writeUInt16BE(internetChecksum(packet), 2)
  return packet
}

/** Without a checksum: the kernel fills it in on raw ICMPv6 sockets (RFC 3542 3.1). */
export function encodeIcmpv6(message: IcmpMessage): Buffer {
  const packet = Buffer.alloc(8 + message.mark.length)
  packet.writeUInt8(message.type, 0)
  packet.writeUInt8(message.code, 1)
  packet.writeUInt16BE(message.identifier, 4)
  packet.writeUInt16BE(1, 6)
  message.mark.copy(packet, 8)
  return packet
}
