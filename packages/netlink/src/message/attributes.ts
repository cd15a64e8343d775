/**
 * Reads the attributes of a netlink message. Every length is checked before it is believed: no read goes beyond the bytes
 * that it was given, and each step goes forward, so reading ends. What is not right is a NetlinkDecodeError.
 */
import { NetlinkDecodeError } from '../errors.ts'
import { align, attributeHeaderBytes, NLA_TYPE_MASK } from './constants.ts'

const decoder = new TextDecoder()

/** A stretch of received bytes. Offsets count from the beginning of what was received. */
export class Span {
  readonly view: DataView
  readonly start: number
  readonly end: number

  /** @throws NetlinkDecodeError when the stretch is not inside the view */
  constructor(view: DataView, start: number, end: number) {
    if (start < 0 || start > end || end > view.byteLength)
      throw new NetlinkDecodeError(`ends ${end - view.byteLength} bytes early`, start)
    this.view = view
    this.start = start
    this.end = end
  }

  static of(bytes: Uint8Array): Span {
    return new Span(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.byteLength)
  }

  get length(): number {
    return this.end - this.start
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, this.length)
  }

  /** What follows the first `count` bytes. @throws NetlinkDecodeError when there are fewer */
  after(count: number): Span {
    this.need(0, count)
    return new Span(this.view, this.start + count, this.end)
  }

  /** The first `count` bytes. @throws NetlinkDecodeError when there are fewer */
  first(count: number): Span {
    this.need(0, count)
    return new Span(this.view, this.start, this.start + count)
  }

  /** The offset in `view` of `count` bytes at `at`. @throws NetlinkDecodeError when they are not there */
  need(at: number, count: number): number {
    if (at + count > this.length)
      throw new NetlinkDecodeError(`${at + count} bytes are needed, ${this.length} are there`, this.start)
    return this.start + at
  }

  u8(at = 0): number {
    return this.view.getUint8(this.need(at, 1))
  }

  u16(at = 0): number {
    return this.view.getUint16(this.need(at, 2), true)
  }

  u16Be(at = 0): number {
    return this.view.getUint16(this.need(at, 2))
  }

  u32(at = 0): number {
    return this.view.getUint32(this.need(at, 4), true)
  }

  u32Be(at = 0): number {
    return this.view.getUint32(this.need(at, 4))
  }

  i32(at = 0): number {
    return this.view.getInt32(this.need(at, 4), true)
  }

  i32Be(at = 0): number {
    return this.view.getInt32(this.need(at, 4))
  }

  u64(at = 0): bigint {
    return this.view.getBigUint64(this.need(at, 8), true)
  }

  u64Be(at = 0): bigint {
    return this.view.getBigUint64(this.need(at, 8))
  }

  /** UTF-8 up to the first zero byte, or to the end. */
  string(): string {
    const bytes = this.bytes()
    const zero = bytes.indexOf(0)
    return decoder.decode(zero < 0 ? bytes : bytes.subarray(0, zero))
  }

  attributes(): Attributes {
    return new Attributes(this)
  }
}

export class Attribute extends Span {
  /** Without the flag bits. */
  readonly type: number

  constructor(type: number, view: DataView, start: number, end: number) {
    super(view, start, end)
    this.type = type
  }
}

/** Attributes side by side, read once, in their order. */
export class Attributes {
  readonly #span: Span
  readonly #all: readonly Attribute[]

  constructor(span: Span) {
    this.#span = span
    this.#all = readAll(span)
  }

  [Symbol.iterator](): Iterator<Attribute> {
    return this.#all[Symbol.iterator]()
  }

  /** The last of that type, as the kernel reads it too. */
  find(type: number): Attribute | undefined {
    return this.#all.findLast((attribute) => attribute.type === type)
  }

  /** @throws NetlinkDecodeError when it is missing */
  need(type: number): Attribute {
    const found = this.find(type)
    if (found === undefined) throw new NetlinkDecodeError(`attribute ${type} is missing`, this.#span.start)
    return found
  }
}

function readAll(span: Span): Attribute[] {
  const all: Attribute[] = []
  // Fewer bytes than a header behind the last one are padding.
  for (let at = 0; at + attributeHeaderBytes <= span.length; ) {
    const length = span.u16(at)
    if (length < attributeHeaderBytes || at + length > span.length)
      throw new NetlinkDecodeError(`an attribute says that it has ${length} bytes`, span.start + at)
    const type = span.u16(at + 2) & NLA_TYPE_MASK
    const start = span.start + at
    all.push(new Attribute(type, span.view, start + attributeHeaderBytes, start + length))
    at += align(length)
  }
  return all
}
