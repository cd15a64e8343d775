/** CRC-32C (Castagnoli), the checksum of SCTP (RFC 9260 appendix A). */

/** 0x1EDC6F41 with its bits reversed. */
const polynomial = 0x82f63b78
const table = Uint32Array.from({ length: 256 }, (_, byte) => remainderOf(byte))

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function remainderOf(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  return crc >>> 0
}
