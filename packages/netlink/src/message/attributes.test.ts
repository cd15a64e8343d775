import { expect, test } from 'vitest'
import { NetlinkDecodeError } from '../errors.ts'
import { Span } from './attributes.ts'
import { MessageWriter } from './message-writer.ts'

function spanOf(write: (writer: MessageWriter) => void): Span {
  const writer = new MessageWriter()
  write(writer)
  return Span.of(writer.bytes)
}

test('an attribute that reaches beyond the one it is in is refused, though bytes are there', () => {
  const outer = spanOf((writer) => {
    writer.nested(1, () => writer.u32(2, 7))
    writer.u32(3, 8)
  })
  outer.view.setUint16(4, 12, true)
  expect(() => outer.attributes().need(1).attributes()).toThrow(NetlinkDecodeError)
  expect(() => outer.attributes().need(1).attributes()).toThrow(
    'netlink message, byte 4: an attribute says that it has 12 bytes',
  )
})

test('the last of several attributes of a type counts, as for the kernel', () => {
  const span = spanOf((writer) => {
    writer.u32Be(1, 1)
    writer.u32Be(1, 2)
  })
  expect(span.attributes().need(1).u32Be()).toBe(2)
})

test('what is missing or too short says where', () => {
  const span = spanOf((writer) => writer.u16(1, 1))
  expect(() => span.attributes().need(2)).toThrow('byte 0: attribute 2 is missing')
  expect(() => span.attributes().need(1).u32()).toThrow('byte 4: 4 bytes are needed, 2 are there')
})
