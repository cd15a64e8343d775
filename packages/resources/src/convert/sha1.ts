/**
 * SHA-1, for names that others derive with it too; it protects nothing here. Written out because this package also
 * runs in browsers, whose own hash answers later only. Source: RFC 3174.
 */

/** The digest of a text's UTF-8 bytes: 40 lower-case hexadecimal digits. */
export function sha1Hex(text: string): string {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const message = padded(utf8Bytes(text))
  const words = new Int32Array(80)
  for (let offset = 0; offset < message.byteLength; offset += 64) addBlock(state, message, offset, words)
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function utf8Bytes(text: string): Uint8Array {
  // Names are ASCII nearly always, and each pod has one.
  if (/^[ -~]*$/.test(text)) return Uint8Array.from(text, (character) => character.charCodeAt(0))
  const escaped = encodeURIComponent(text.toWellFormed())
  return Uint8Array.from(escaped.matchAll(/%(..)|./gs), ([unit, hex]) =>
    hex === undefined ? unit.charCodeAt(0) : Number.parseInt(hex, 16),
  )
}

/** A one bit, zeros, and the length in bits as 64 bits, up to whole blocks of 64 bytes (section 4). */
function padded(bytes: Uint8Array): DataView {
  const message = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  message.set(bytes)
  message[bytes.length] = 0x80
  const view = new DataView(message.buffer)
  view.setBigUint64(message.length - 8, BigInt(bytes.length) * 8n)
  return view
}

/** Section 6.1. `words` is used. */
function addBlock(state: Int32Array, message: DataView, offset: number, words: Int32Array): void {
  schedule(message, offset, words)
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state
  for (let round = 0; round < 80; round++) {
    const word = words[round] ?? 0
    const mixed = (rotateLeft(a, 5) + mix(round, b, c, d) + e + word + roundConstant(round)) | 0
    e = d
    d = c
    c = rotateLeft(b, 30)
    b = a
    a = mixed
  }
  const sums = [a, b, c, d, e]
  for (let i = 0; i < 5; i++) state[i] = (state[i] ?? 0) + (sums[i] ?? 0)
}

/** 16 words of the message, stretched to one for each of the 80 rounds. */
function schedule(message: DataView, offset: number, words: Int32Array): void {
  const at = (index: number) => words[index] ?? 0
  for (let round = 0; round < 16; round++) words[round] = message.getInt32(offset + round * 4)
  for (let round = 16; round < 80; round++)
    words[round] = rotateLeft(at(round - 3) ^ at(round - 8) ^ at(round - 14) ^ at(round - 16), 1)
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (b & c) | (~b & d)
  if (round >= 40 && round < 60) return (b & c) | (b & d) | (c & d)
  return b ^ c ^ d
}

function roundConstant(round: number): number {
  if (round < 20) return 0x5a827999
  if (round < 40) return 0x6ed9eba1
  return round < 60 ? 0x8f1bbcdc : 0xca62c1d6
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
