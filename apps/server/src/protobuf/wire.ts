/**
 * The protobuf wire format, read only: a message as its fields, in order.
 *
 * Source  Protocol Buffers, "Encoding".
 */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** Varints are numbers (of at most 64 bits), everything else is bytes. */
export interface Field {
  readonly number: number
  readonly value: bigint | Uint8Array
}

export function* readFields(message: Uint8Array): Generator<Field, void, undefined> {
  const reader = new Reader(message)
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint())
    const number = Math.floor(tag / 8)
    if (number === 0) throw new ProtobufError('a field has number 0')
    yield { number, value: readValue(reader, tag % 8) }
  }
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
      throw new ProtobufError(`wire type ${wireType} is not used by Kubernetes`)
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
      if (byte === undefined) throw new ProtobufError('it ends in the middle of a number')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ProtobufError('a number has more than 64 bits')
  }

  bytes(length: number): Uint8Array {
    const end = this.#offset + length
    if (end > this.#data.length) throw new ProtobufError('it ends in the middle of a field')
    const bytes = this.#data.subarray(this.#offset, end)
    this.#offset = end
    return bytes
  }
}
