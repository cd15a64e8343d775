/** A UDP-Lite datagram (RFC 3828) whose checksum covers all of it. */
import { IPPROTO_UDPLITE } from '../syscalls/constants.ts'
import { internetChecksum, pseudoHeader } from './checksum.ts'

export interface UdpLiteDatagram {
  readonly source: Buffer
  readonly sourcePort: number
  readonly destination: Buffer
  readonly destinationPort: number
  readonly data: Buffer
}

export function encodeUdpLite(datagram: UdpLiteDatagram): Buffer {
  const packet = Buffer.concat([Buffer.alloc(8), datagram.data])
  packet.writeUInt16BE(datagram.sourcePort, 0)
  packet.writeUInt16BE(datagram.destinationPort, 2)
  packet.writeUInt16BE(packet.length, 4)
  const pseudo = pseudoHeader(datagram.source, datagram.destination, IPPROTO_UDPLITE, packet.length)
  packet.writeUInt16BE(internetChecksum(pseudo, packet) || 0xffff, 6)
  return packet
}
