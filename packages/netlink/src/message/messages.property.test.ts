import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NetlinkDecodeError } from '../errors.ts'
import { type Attributes, Span } from './attributes.ts'
import { MessageWriter } from './message-writer.ts'
import { readMessages } from './messages.ts'

/** An attribute with a value, or with attributes in it. */
type Tree = { readonly type: number; readonly value: Uint8Array | readonly Tree[] }

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    type: fc.integer({ min: 1, max: 0x3fff }),
    value: fc.oneof(
      { depthSize: 'small' },
      fc.uint8Array({ maxLength: 20 }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }),
}))

const message = fc.record({
  type: fc.nat({ max: 0xffff }),
  flags: fc.nat({ max: 0xffff }),
  sequence: fc.nat({ max: 0xffffffff }),
  trees: fc.array(tree, { maxLength: 4 }),
})

function write(writer: MessageWriter, { type, value }: Tree): void {
  if (value instanceof Uint8Array) writer.attribute(type, value)
  else writer.nested(type, () => value.forEach((inner) => void write(writer, inner)))
}

/** The shape of `like` tells what is nested: the bytes alone don't. */
function readLike(attributes: Attributes, like: readonly Tree[]): Tree[] {
  return [...attributes].map((attribute, index) => {
    const { type } = attribute
    const shape = like[index]?.value
    if (shape === undefined || shape instanceof Uint8Array)
      return { type, value: Uint8Array.from(attribute.bytes()) }
    return { type, value: readLike(attribute.attributes(), shape) }
  })
}

function encode(messages: readonly (typeof message extends fc.Arbitrary<infer T> ? T : never)[]): Uint8Array {
  // A small buffer that was used before: it has to grow, and padding must not show old bytes.
  const writer = new MessageWriter(16)
  writer.raw(new Uint8Array(200).fill(0xff))
  writer.clear()
  for (const { type, flags, sequence, trees } of messages) {
    writer.startMessage(type, flags, sequence)
    for (const each of trees) write(writer, each)
    writer.endMessage()
  }
  return writer.bytes
}

test('messages with nested attributes survive encoding and decoding', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), (messages) => {
      const decoded = readMessages(encode(messages)).map(({ type, flags, sequence, payload }, index) => ({
        type,
        flags,
        sequence,
        trees: readLike(payload.attributes(), messages[index]?.trees ?? []),
      }))
      expect(decoded).toEqual(messages)
    }),
  )
})

test('every padding byte is zero', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9 }), (value) => {
      const bytes = encode([{ type: 1, flags: 0, sequence: 1, trees: [{ type: 5, value }] }])
      expect(bytes.length % 4).toBe(0)
      expect(bytes.subarray(16 + 4 + value.length).every((byte) => byte === 0)).toBe(true)
    }),
  )
})

function readDeeply(attributes: Attributes, depth: number): void {
  for (const attribute of attributes) {
    attribute.string()
    if (depth > 0) readDeeply(attribute.attributes(), depth - 1)
  }
}

test('any bytes are read, or are a NetlinkDecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        for (const { payload } of readMessages(bytes)) readDeeply(payload.attributes(), 3)
        readDeeply(Span.of(bytes).attributes(), 3)
      } catch (error) {
        expect(error).toBeInstanceOf(NetlinkDecodeError)
      }
    }),
  )
})
