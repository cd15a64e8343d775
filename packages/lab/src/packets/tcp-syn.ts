/** A TCP SYN that carries data (RFC 9293 3.1, 3.4): who listens answers it as any other, and takes no notice of the data. */
import { IPPROTO_TCP } from '../syscalls/constants.ts'
import { internetChecksum, pseudoHeader } from './checksum.ts'

export interface TcpSyn {
  readonly source: Buffer
  readonly sourcePort: number
  readonly destination: Buffer
  readonly destinationPort: number
  /** Of 32 bits. */
  readonly sequence: number
  readonly data: Buffer
}

const headerLength = 20
const synFlag = 0x02

export function encodeTcpSyn(syn: TcpSyn): Buffer {
  const packet = Buffer.concat([Buffer.alloc(headerLength), syn.data])
  packet.writeUInt16BE(syn.sourcePort, 0)
  packet.writeUInt16BE(syn.destinationPort, 2)
  packet.writeUInt32BE(syn.sequence, 4)
  packet.writeUInt8((headerLength / 4) << 4, 12)
  packet.writeUInt8(synFlag, 13)
  packet.writeUInt16BE(0xffff, 14)
  const pseudo = pseudoHeader(syn.source, syn.destination, IPPROTO_TCP, packet.length)
  packet.writeUInt16BE(internetChecksum(pseudo, packet), 16)
  return packet
}
