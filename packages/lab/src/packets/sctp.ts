/**
 * An SCTP packet with one INIT chunk (RFC 9260 3.1, 3.3.2), followed in the chunk by the mark as an unknown optional
 * parameter. Conntrack takes it as a new connection: verification tag 0, and a correct CRC-32C.
 */
import { crc32c } from './crc32c.ts'

export interface SctpInit {
  readonly sourcePort: number
  readonly destinationPort: number
  /** Must not be 0. */
  readonly initiateTag: number
  /** A multiple of 4 bytes. */
  readonly mark: Buffer
}

const commonHeader = 12
const initChunk = 20
const parameterHeader = 4
/** Its two top bits, 10, say: a receiver that doesn't know it skips it, without a report. */
const markParameter = 0xbeef

export function encodeSctpInit(init: SctpInit): Buffer {
  const chunkLength = initChunk + parameterHeader + init.mark.length
  const packet = Buffer.alloc(commonHeader + chunkLength)
  packet.writeUInt16BE(init.sourcePort, 0)
  packet.writeUInt16BE(init.destinationPort, 2)
  packet.writeUInt8(1, 12)
  packet.writeUInt16BE(chunkLength, 14)
  packet.writeUInt32BE(init.initiateTag, 16)
  packet.writeUInt32BE(65536, 20)
  packet.writeUInt16BE(1, 24)
  packet.writeUInt16BE(1, 26)
  packet.writeUInt32BE(init.initiateTag, 28)
  packet.writeUInt16BE(markParameter, 32)
  packet.writeUInt16BE(parameterHeader + init.mark.length, 34)
  init.mark.copy(packet, 36)
  packet.writeUInt32LE(crc32c(packet), 8)
  return packet
}
