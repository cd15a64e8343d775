/**
 * The protobuf wire format: messages as fields, in order.
 *
 * Source  Protocol Buffers, "Encoding". What is zero or empty is left out, as proto3 does it.
 */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** Varints are numbers of 64 bits, everything else is bytes. */
export interface Field {
  readonly number: number
  readonly value: bigint | Uint8Array
}

/** A message out of its encoded fields. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

export function intField(number: number, value: bigint | number | undefined): Uint8Array {
  return value === undefined || BigInt(value) === 0n ? nothing : intFieldAlways(number, value)
}

/** For a member of a `oneof`, where zero differs from absent. */
export function intFieldAlways(number: number, value: bigint | number): Uint8Array {
  return Uint8Array.from([...varint(BigInt(number << 3)), ...varint(BigInt.asUintN(64, BigInt(value)))])
}

export function boolField(number: number, value: boolean | undefined): Uint8Array {
  return intField(number, value === true ? 1 : 0)
}

export function textField(number: number, value: string | undefined): Uint8Array {
  return value === undefined || value === '' ? nothing : messageField(number, Buffer.from(value))
}

/** Written even when it is empty: an empty message differs from none. */
export function messageField(number: number, value: Uint8Array): Uint8Array {
  const head = [...varint(BigInt((number << 3) | 2)), ...varint(BigInt(value.length))]
  return Buffer.concat([Uint8Array.from(head), value])
}

export function* readFields(data: Uint8Array): Generator<Field, void, undefined> {
  const reader = new Reader(data)
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint())
    yield { number: Math.floor(tag / 8), value: readValue(reader, tag % 8) }
  }
}

/** A signed number. */
export function asInt({ number, value }: Field): bigint {
  if (typeof value !== 'bigint') throw new WireError(`field ${number} is no number`)
  return BigInt.asIntN(64, value)
}

export function asBool(field: Field): boolean {
  return asInt(field) !== 0n
}

export function asBytes({ number, value }: Field): Uint8Array {
  if (typeof value === 'bigint') throw new WireError(`field ${number} is a number`)
  return value
}

export function asText(field: Field): string {
  return utf8.decode(asBytes(field))
}

const nothing = new Uint8Array()
const utf8 = new TextDecoder()

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

function readValue(reader: Reader, wireType: number): bigint | Uint8Array {
  switch (wireType) {
    case 0:
      return reader.varint()
    case 1:
      return reader.bytes(8)
    case 2:
      return reader.bytes(Number(reader.varint()))
    case 5:
      return reader.bytes(4)
    default:
      throw new WireError(`wire type ${wireType} is not used by etcd`)
  }
}

class Reader {
  readonly #data: Uint8Array
  #offset = 0

  constructor(data: Uint8Array) {
    this.#data = data
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#data.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#data[this.#offset++]
      if (byte === undefined) throw new WireError('it ends in the middle of a number')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new WireError('a number has more than 64 bits')
  }

  bytes(length: number): Uint8Array {
    const end = this.#offset + length
    if (end > this.#data.length) throw new WireError('it ends in the middle of a field')
    const bytes = this.#data.subarray(this.#offset, end)
    this.#offset = end
    return bytes
  }
}
