/**
 * The protobuf wire format, written into one buffer. What is zero or empty is left out, as proto3 does it.
 *
 * Source  Protocol Buffers, "Encoding".
 */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(256)
  #position = 0

  /** Whole and not negative, below 2^53. */
  uint(field: number, value: number): this {
    if (value === 0) return this
    this.#varint(field * 8)
    this.#varint(value)
    return this
  }

  double(field: number, value: number): this {
    this.#varint(field * 8 + 1)
    this.#reserve(8)
    this.#position = this.#buffer.writeDoubleLE(value, this.#position)
    return this
  }

  text(field: number, value: string): this {
    return value === '' ? this : this.textAlways(field, value)
  }

  /** For a member of a `oneof`, where the empty text differs from none. */
  textAlways(field: number, value: string): this {
    const length = Buffer.byteLength(value)
    this.#varint(field * 8 + 2)
    this.#varint(length)
    this.#reserve(length)
    this.#position += this.#buffer.write(value, this.#position)
    return this
  }

  /** What is encoded already. */
  bytes(encoded: Uint8Array): this {
    this.#reserve(encoded.length)
    this.#buffer.set(encoded, this.#position)
    this.#position += encoded.length
    return this
  }

  /** Written even when nothing is in it: an empty message differs from none. */
  message(field: number, write: (writer: this) => void): this {
    this.#varint(field * 8 + 2)
    this.#reserve(1)
    this.#position += 1
    const start = this.#position
    write(this)
    this.#insertLength(start)
    return this
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#position)
  }

  /** One byte is there for it; a longer length makes room for itself. */
  #insertLength(start: number): void {
    const length = this.#position - start
    const more = varintLength(length) - 1
    this.#reserve(more)
    if (more > 0) this.#buffer.copyWithin(start + more, start, this.#position)
    this.#position = start - 1
    this.#varint(length)
    this.#position += length
  }

  #varint(value: number): void {
    this.#reserve(8)
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) {
      this.#buffer[this.#position++] = (rest % 128) + 128
    }
    this.#buffer[this.#position++] = rest
  }

  #reserve(count: number): void {
    const needed = this.#position + count
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length))
    this.#buffer.copy(larger)
    this.#buffer = larger
  }
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1
  return length
}
