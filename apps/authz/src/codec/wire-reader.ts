/**
 * The protobuf wire format, read in place: whoever asks knows the fields that it wants, and all others are stepped over
 * without being looked at, however deep they are.
 *
 * Source  Protocol Buffers, "Encoding".
 * Holds   No position beyond the end of the message that is being read; every step goes forward, so time is linear.
 */
import { WireError } from './wire-error.ts'

/** The tag of a field of bytes, text, or a message. */
export const bytesTag = (field: number): number => field * 8 + 2
/** The tag of a number that is written as a varint. */
export const varintTag = (field: number): number => field * 8

const maxTag = 2 ** 32 - 1

export class WireReader {
  readonly #bytes: Buffer
  #position: number
  #wireType = 0

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes
    this.#position = position
  }

  /** Of the next byte. */
  get position(): number {
    return this.#position
  }

  get length(): number {
    return this.#bytes.length
  }

  /** The next field's tag, or 0 where the message that ends at `end` has no more. */
  tag(end: number): number {
    if (this.#position >= end) return 0
    const tag = this.varint(end)
    if (tag < 8 || tag > maxTag) throw new WireError('a field has no number that there may be')
    this.#wireType = tag & 7
    return tag
  }

  /** The end of a message, or text, that begins here. */
  enter(end: number): number {
    const length = this.varint(end)
    if (length > end - this.#position) throw new WireError('it ends in the middle of a field')
    return this.#position + length
  }

  /** Bytes that are no UTF-8 are read as U+FFFD each, as they stand for no text. */
  text(end: number): string {
    const start = this.#enterText(end)
    return this.#bytes.toString('utf8', start, this.#position)
  }

  /** @throws what `tooLong` makes */
  textOfAtMost(maxBytes: number, end: number, tooLong: () => Error): string {
    const start = this.#enterText(end)
    if (this.#position - start > maxBytes) throw tooLong()
    return this.#bytes.toString('utf8', start, this.#position)
  }

  /** Exact up to 2^53; what is larger, or negative, is some number above that. */
  varint(end: number): number {
    let value = 0
    let factor = 1
    for (let count = 0; count < 10; count++) {
      if (this.#position >= end) throw new WireError('it ends in the middle of a number')
      const byte = this.#bytes[this.#position++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    throw new WireError('a number has more than 64 bits')
  }

  /** Steps over the value of the field whose tag was read last. */
  skip(end: number): void {
    switch (this.#wireType) {
      case 0:
        this.varint(end)
        return
      case 1:
        this.#advance(8, end)
        return
      case 2:
        this.#position = this.enter(end)
        return
      case 5:
        this.#advance(4, end)
        return
      default:
        throw new WireError(`wire type ${this.#wireType} is not used`)
    }
  }

  #enterText(end: number): number {
    const textEnd = this.enter(end)
    const start = this.#position
    this.#position = textEnd
    return start
  }

  #advance(count: number, end: number): void {
    if (count > end - this.#position) throw new WireError('it ends in the middle of a field')
    this.#position += count
  }
}
