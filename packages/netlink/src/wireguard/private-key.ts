/** A private key that is not shown by accident: not in logs, errors, JSON or assertions. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeKey, encodeKey, keyBytes } from './keys.ts'

const hidden = '(private key)'

export class PrivateKey {
  readonly #bytes: Uint8Array
  /** Base64, 44 characters. */
  readonly publicKey: string

  private constructor(bytes: Uint8Array) {
    this.#bytes = clamped(bytes)
    this.publicKey = publicKeyOf(this.#bytes)
  }

  /** `random` gives that many unpredictable bytes. @throws RangeError when it gives another number */
  static generate(random: (count: number) => Uint8Array): PrivateKey {
    return PrivateKey.ofBytes(random(keyBytes))
  }

  /** Base64, 44 characters. @throws RangeError, which does not repeat the text */
  static parse(base64: string): PrivateKey {
    return PrivateKey.ofBytes(decodeKey(base64, 'the private key'))
  }

  /** A copy is kept. @throws RangeError unless there are 32 bytes, not all zero: devices take that for no key */
  static ofBytes(bytes: Uint8Array): PrivateKey {
    if (bytes.length !== keyBytes) throw new RangeError(`a private key has 32 bytes, not ${bytes.length}`)
    if (bytes.every((byte) => byte === 0)) throw new RangeError('a private key is not all zero')
    return new PrivateKey(bytes)
  }

  equals(other: PrivateKey): boolean {
    return this.publicKey === other.publicKey
  }

  /** The key itself, for the file that keeps it. */
  revealBase64(): string {
    return encodeKey(this.#bytes)
  }

  /** The key itself, for the device; a copy of 32 bytes. */
  revealBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}

/** As devices do it themselves (RFC 7748, section 5), so that what is kept is what is read back. */
function clamped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[0] = (copy[0] ?? 0) & 248
  copy[31] = ((copy[31] ?? 0) & 127) | 64
  return copy
}

/** What stands before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')

function publicKeyOf(bytes: Uint8Array): string {
  const der = Buffer.concat([pkcs8Prefix, bytes])
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return encodeKey(publicKey.export({ format: 'der', type: 'spki' }).subarray(-keyBytes))
}
