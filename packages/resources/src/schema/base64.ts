/** Base64 of a text's UTF-8 bytes: portable, since this room uses nothing of Node or the browser. Source: RFC 4648, 4. */
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64OfText(text: string): string {
  const bytes = utf8Bytes(text)
  let result = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(i, i + 3)
    const bits = (a << 16) | (b << 8) | c
    const group = [18, 12, 6, 0].map((shift) => digits[(bits >> shift) & 63] ?? '').join('')
    const missing = Math.max(0, i + 3 - bytes.length)
    result += group.slice(0, 4 - missing) + '='.repeat(missing)
  }
  return result
}

/** Source: RFC 3629. A lone surrogate becomes U+FFFD, as for every encoder. */
function utf8Bytes(text: string): number[] {
  return Array.from(text.toWellFormed()).flatMap((character) => {
    const code = character.codePointAt(0) ?? 0
    const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f)
    if (code < 0x80) return [code]
    if (code < 0x800) return [0xc0 | (code >> 6), tail(0)]
    if (code < 0x10000) return [0xe0 | (code >> 12), tail(6), tail(0)]
    return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)]
  })
}
