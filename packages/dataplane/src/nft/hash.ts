/** FNV-1a, 64 bits. Source: RFC 9923. Counted in two halves, since BigInt arithmetic for each character is slow. */
export function hash64(text: string): bigint {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (let i = 0; i < text.length; i++) {
    low = (low ^ text.charCodeAt(i)) >>> 0
    // (high:low) × 0x100_0000_01b3: the prime's low half is 0x1b3, its high half 0x100.
    const product = low * 0x1b3
    high = (Math.imul(high, 0x1b3) + Math.imul(low, 0x100) + Math.floor(product / 2 ** 32)) >>> 0
    low = product >>> 0
  }
  return (BigInt(high) << 32n) | BigInt(low)
}
