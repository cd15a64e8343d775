/** Keys of Curve25519 between text and bytes. Errors never repeat a key: it could be a private one in the wrong place. */

export const keyBytes = 32

/** 32 bytes of standard base64 that is canonical: no other text has the same bytes. @throws RangeError */
export function decodeKey(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== keyBytes || bytes.toString('base64') !== text)
    throw new RangeError(`${what} is no key of WireGuard: 32 bytes as base64, 44 characters`)
  return new Uint8Array(bytes)
}

export function encodeKey(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
