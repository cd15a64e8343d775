/** The Internet checksum (RFC 1071) and the pseudo-header that transport protocols add to it (RFC 768, RFC 8200 8.1). */

/** Over all parts as if they were joined; every part but the last has an even length. 0 to 65535. */
export function internetChecksum(...parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts) sum += sumOf(part)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** `source` and `destination` as bytes of one family; `length` is that of the transport header and its data. */
export function pseudoHeader(source: Buffer, destination: Buffer, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(source.length === 4 ? 4 : 8)
  if (source.length === 4) tail.writeUInt16BE(length, 2)
  else tail.writeUInt32BE(length, 0)
  tail.writeUInt8(protocol, source.length === 4 ? 1 : 7)
  return Buffer.concat([source, destination, tail])
}

function sumOf(bytes: Buffer): number {
  let sum = 0
  for (let index = 0; index + 1 < bytes.length; index += 2) sum += bytes.readUInt16BE(index)
  return bytes.length % 2 === 0 ? sum : sum + bytes.readUInt8(bytes.length - 1) * 256
}
