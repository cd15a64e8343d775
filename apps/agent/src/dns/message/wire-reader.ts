/**
 * Numbers and names out of a message, from front to back. It never throws: what is cut or against the rules sets `failed`, and what
 * is read from then on means nothing.
 *
 * Source  RFC 1035 sections 2.3.4, 3.1 and 4.1.4.
 */
import { labelCodes } from './name-text.ts'

/** Of a name in wire format, with the byte of the root. */
const maxWireName = 255
/** Each leads to bytes before the last, so that none is in a circle; servers use a few. */
const maxJumps = 32
const jumpMark = 0xc0

/** What is read is used up before something else is read. */
const scratch = Buffer.alloc(maxWireName)

export class WireReader {
  readonly #bytes: Uint8Array
  at: number
  failed = false

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  u8(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) this.failed = true
    return byte ?? 0
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8()
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  /** Canonical; an empty text for the root, undefined for what is no host's, or failed. */
  name(): string | undefined {
    return this.#name(maxJumps)
  }

  /** As `name`, where pointers are not allowed. */
  uncompressedName(): string | undefined {
    return this.#name(0)
  }

  #name(maxJumps: number): string | undefined {
    let [start, end, length, jumps, isHost] = [this.at, -1, 0, 0, true]
    for (;;) {
      const size = this.u8()
      if (this.failed) return undefined
      if (size === 0) break
      if (size >= jumpMark) {
        const target = (size - jumpMark) * 0x100 + this.u8()
        if (end < 0) end = this.at
        if (this.failed || target >= start || ++jumps > maxJumps) return this.#fail()
        start = target
        this.at = target
        continue
      }
      // Neither kind of label between 63 and a pointer was ever used: RFC 6891 section 5.
      if (size > 63 || length + size + 2 > maxWireName) return this.#fail()
      isHost = this.#label(size, length) && isHost
      length += size + 1
    }
    if (end >= 0) this.at = end
    if (this.failed || !isHost) return undefined
    return length === 0 ? '' : scratch.toString('latin1', 0, length - 1)
  }

  /** Into `scratch`, with a dot behind it. Is it one that a host can have? */
  #label(size: number, from: number): boolean {
    let isHost = true
    for (let index = 0; index < size; index++) {
      const code = labelCodes[this.u8()] ?? 0
      scratch[from + index] = code
      if (code === 0) isHost = false
    }
    scratch[from + size] = 0x2e
    return isHost
  }

  #fail(): undefined {
    this.failed = true
  }
}
