/**
 * SHA-1, for names that others derive with it too; it protects nothing here. Written out because this package also
 * runs in browsers, whose own hash answers later only. Source: RFC 3174.
 */

/** The digest of a text's UTF-8 bytes: 40 lower-case hexadecimal digits. */
export function sha1Hex(text: string): string {
  const state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  const message = padded(utf8Bytes(text))
  for (let offset = 0; offset < message.byteLength; offset += 64) addBlock(state, message, offset)
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

type State = [number, number, number, number, number]

function utf8Bytes(text: string): number[] {
  const escaped = encodeURIComponent(text.toWellFormed())
  return Array.from(escaped.matchAll(/%(..)|./gs), ([unit, hex]) =>
    hex === undefined ? unit.charCodeAt(0) : Number.parseInt(hex, 16),
  )
}

/** A one bit, zeros, and the length in bits as 64 bits, up to whole blocks of 64 bytes (section 4). */
function padded(bytes: readonly number[]): DataView {
  const size = Math.ceil((bytes.length + 9) / 64) * 64
  const view = new DataView(new ArrayBuffer(size))
  for (const [index, byte] of [...bytes, 0x80].entries()) view.setUint8(index, byte)
  view.setBigUint64(size - 8, BigInt(bytes.length) * 8n)
  return view
}

/** Section 6.1. */
function addBlock(state: State, message: DataView, offset: number): void {
  let [a, b, c, d, e] = state
  for (const [round, word] of schedule(message, offset).entries()) {
    const mixed = (rotateLeft(a, 5) + mix(round, b, c, d) + e + word + roundConstant(round)) | 0
    ;[a, b, c, d, e] = [mixed, a, rotateLeft(b, 30), c, d]
  }
  for (const [index, value] of [a, b, c, d, e].entries()) state[index] = ((state[index] ?? 0) + value) | 0
}

/** 16 words of the message, stretched to one for each of the 80 rounds. */
function schedule(message: DataView, offset: number): number[] {
  const words = Array.from({ length: 16 }, (_, index) => message.getInt32(offset + index * 4))
  const at = (index: number) => words[index] ?? 0
  for (let round = 16; round < 80; round += 1) {
    words.push(rotateLeft(at(round - 3) ^ at(round - 8) ^ at(round - 14) ^ at(round - 16), 1))
  }
  return words
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (b & c) | (~b & d)
  if (round >= 40 && round < 60) return (b & c) | (b & d) | (c & d)
  return b ^ c ^ d
}

function roundConstant(round: number): number {
  return [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][Math.floor(round / 20)] ?? 0
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
