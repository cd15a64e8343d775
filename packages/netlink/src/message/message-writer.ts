/**
 * Builds netlink messages, one after the other, in one buffer that grows: nothing is copied but by its growth.
 *
 * Headers are in host byte order, which is little-endian on all that this runs on (x86-64, arm64). Names that end in `Be`
 * write network byte order.
 */
import { align, attributeHeaderBytes, messageHeaderBytes, NLA_F_NESTED } from './constants.ts'

const encoder = new TextEncoder()
const longestAttribute = 0xffff
const mostKept = 1 << 20

export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0
  #messageStart = 0

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** All that was written: a view, valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets what was written and keeps the memory, but for what only large batches need. */
  clear(): void {
    this.#length = 0
    if (this.#bytes.length > mostKept) this.#resize(mostKept)
  }

  /** Writes `struct nlmsghdr`; the sender's port is left to the kernel. Ends with `endMessage`. */
  startMessage(type: number, flags: number, sequence: number): void {
    this.#reserve(messageHeaderBytes)
    this.#messageStart = this.#length
    this.#view.setUint16(this.#length + 4, type, true)
    this.#view.setUint16(this.#length + 6, flags, true)
    this.#view.setUint32(this.#length + 8, sequence, true)
    this.#view.setUint32(this.#length + 12, 0, true)
    this.#length += messageHeaderBytes
  }

  endMessage(): void {
    this.#view.setUint32(this.#messageStart, this.#length - this.#messageStart, true)
  }

  /** Bytes of the message that is being written, so far. */
  get messageLength(): number {
    return this.#length - this.#messageStart
  }

  /** Adds flags to the message that was begun last. */
  addMessageFlags(flags: number): void {
    const at = this.#messageStart + 6
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flags, true)
  }

  /** Plain bytes, such as the fixed header of a protocol, padded to a multiple of 4. */
  raw(bytes: Uint8Array): void {
    this.#reserve(align(bytes.length))
    this.#bytes.set(bytes, this.#length)
    this.#advance(bytes.length)
  }

  attribute(type: number, value: Uint8Array): void {
    this.#startAttribute(type, value.length)
    this.#bytes.set(value, this.#length)
    this.#advance(value.length)
  }

  /** One without a value: that it is there says it. */
  flag(type: number): void {
    this.#startAttribute(type, 0)
  }

  u8(type: number, value: number): void {
    this.#startAttribute(type, 1)
    this.#view.setUint8(this.#length, value)
    this.#advance(1)
  }

  u16(type: number, value: number): void {
    this.#startAttribute(type, 2)
    this.#view.setUint16(this.#length, value, true)
    this.#advance(2)
  }

  u16Be(type: number, value: number): void {
    this.#startAttribute(type, 2)
    this.#view.setUint16(this.#length, value)
    this.#advance(2)
  }

  u32(type: number, value: number): void {
    this.#startAttribute(type, 4)
    this.#view.setUint32(this.#length, value, true)
    this.#advance(4)
  }

  u32Be(type: number, value: number): void {
    this.#startAttribute(type, 4)
    this.#view.setUint32(this.#length, value)
    this.#advance(4)
  }

  u64(type: number, value: bigint): void {
    this.#startAttribute(type, 8)
    this.#view.setBigUint64(this.#length, value, true)
    this.#advance(8)
  }

  u64Be(type: number, value: bigint): void {
    this.#startAttribute(type, 8)
    this.#view.setBigUint64(this.#length, value)
    this.#advance(8)
  }

  /** As UTF-8 with a zero byte behind it. */
  string(type: number, value: string): void {
    const most = value.length * 3 + 1
    this.#reserve(attributeHeaderBytes + align(most))
    const start = this.#length + attributeHeaderBytes
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(start, start + most))
    this.#startAttribute(type, written + 1)
    this.#bytes[start + written] = 0
    this.#advance(written + 1)
  }

  /** Attributes that `write` writes, inside one. */
  nested(type: number, write: () => void): void {
    const start = this.startNested(type)
    write()
    this.endNested(start)
  }

  /** The same in two steps, for loops. Hand the result to `endNested`. */
  startNested(type: number): number {
    const start = this.#length
    this.#startAttribute(type | NLA_F_NESTED, 0)
    return start
  }

  /** @throws RangeError beyond 65,535 bytes */
  endNested(start: number): void {
    const length = this.#length - start
    if (length > longestAttribute) throw new RangeError(`a netlink attribute has at most 65,535 bytes`)
    this.#view.setUint16(start, length, true)
  }

  #startAttribute(type: number, valueBytes: number): void {
    const length = attributeHeaderBytes + valueBytes
    if (length > longestAttribute) throw new RangeError(`a netlink attribute has at most 65,535 bytes`)
    this.#reserve(align(length))
    this.#view.setUint16(this.#length, length, true)
    this.#view.setUint16(this.#length + 2, type, true)
    this.#length += attributeHeaderBytes
  }

  /** Past a value, and zero bytes behind it: the buffer may hold older bytes. */
  #advance(valueBytes: number): void {
    const end = this.#length + valueBytes
    this.#length = align(end)
    for (let at = end; at < this.#length; at++) this.#bytes[at] = 0
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    this.#resize(Math.max(needed, this.#bytes.length * 2))
  }

  /** What was there before is given back at once, and not when garbage is collected next: a large batch would be there twice. */
  #resize(length: number): void {
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(length))
    this.#view = new DataView(this.#bytes.buffer)
  }
}
