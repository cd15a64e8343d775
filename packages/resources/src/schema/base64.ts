/**
 * Base64 of a text's UTF-8 bytes: portable, since this room uses nothing of Node or the browser. Texts may have megabytes,
 * and others wait meanwhile, so bytes are written where they belong instead of being collected.
 *
 * Source  RFC 4648, section 4; RFC 3629.
 */
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const digitCodes = Uint8Array.from(digits, (digit) => digit.charCodeAt(0))
const paddingCode = '='.charCodeAt(0)

export function base64OfText(text: string): string {
  const bytes = utf8Bytes(text)
  const codes = new Uint8Array(4 * Math.ceil(bytes.length / 3))
  for (let i = 0, at = 0; i < bytes.length; i += 3, at += 4) {
    const bits = (byteAt(bytes, i) << 16) | (byteAt(bytes, i + 1) << 8) | byteAt(bytes, i + 2)
    codes[at] = byteAt(digitCodes, (bits >> 18) & 63)
    codes[at + 1] = byteAt(digitCodes, (bits >> 12) & 63)
    codes[at + 2] = byteAt(digitCodes, (bits >> 6) & 63)
    codes[at + 3] = byteAt(digitCodes, bits & 63)
  }
  const missing = (3 - (bytes.length % 3)) % 3
  codes.fill(paddingCode, codes.length - missing)
  return textOfCodes(codes)
}

/** How many bytes a well-formed text in base64 stands for. */
export function bytesOfBase64(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** How many bytes a text has in UTF-8. A lone surrogate counts as U+FFFD, which encoders make of it. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) bytes += lengthOf(character.codePointAt(0) ?? 0)
  return bytes
}

function lengthOf(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
}

function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text))
  let at = 0
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0) ?? 0
    const length = lengthOf(code)
    bytes[at] = length === 1 ? code : ((0xf00 >> length) & 0xff) | (code >> (6 * (length - 1)))
    for (let n = 1; n < length; n++) bytes[at + n] = 0x80 | ((code >> (6 * (length - 1 - n))) & 0x3f)
    at += length
  }
  return bytes
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** In pieces, since a call takes only so many arguments. */
function textOfCodes(codes: Uint8Array): string {
  const pieces: string[] = []
  for (let at = 0; at < codes.length; at += 8192)
    pieces.push(String.fromCharCode(...codes.subarray(at, at + 8192)))
  return pieces.join('')
}
