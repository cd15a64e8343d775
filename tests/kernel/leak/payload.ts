/** What each packet of a stream carries: which stream and batch it is of, and when it was sent. */

export interface Payload {
  readonly stream: number
  readonly batch: number
  /** The clock of `process.hrtime`. */
  readonly sentNs: number
}

const signature = 0x6c65616b
export const payloadLength = 20

export function writePayload(bytes: Buffer, { stream, batch, sentNs }: Payload, at: number): void {
  bytes.writeUInt32BE(signature, at)
  bytes.writeUInt32BE(stream, at + 4)
  bytes.writeUInt32BE(batch, at + 8)
  bytes.writeBigUInt64BE(BigInt(sentNs), at + 12)
}

/** Undefined for anything else. */
export function readPayload(bytes: Buffer, at: number): Payload | undefined {
  if (bytes.length < at + payloadLength || bytes.readUInt32BE(at) !== signature) return undefined
  return {
    stream: bytes.readUInt32BE(at + 4),
    batch: bytes.readUInt32BE(at + 8),
    sentNs: Number(bytes.readBigUInt64BE(at + 12)),
  }
}

/** Of a UDP datagram in an Ethernet frame: behind 14 bytes, the IP header without options, and 8 bytes. */
export function payloadAt(version: 4 | 6): number {
  return 14 + (version === 4 ? 20 : 40) + 8
}
