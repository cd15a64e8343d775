import { expect, test } from 'vitest'
import { MessageWriter } from './message-writer.ts'
import { readMessages } from './messages.ts'

function hexOf(write: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter(16)
  write(writer)
  return Buffer.from(writer.bytes).toString('hex')
}

test.each<[string, (writer: MessageWriter) => void, string]>([
  ['u8', (it) => it.u8(1, 0xab), '05000100ab000000'],
  ['u16', (it) => it.u16(1, 0x1234), '0600010034120000'],
  ['u16Be', (it) => it.u16Be(1, 0x1234), '0600010012340000'],
  ['u32', (it) => it.u32(1, 0xfffffffe), '08000100feffffff'],
  ['u32Be', (it) => it.u32Be(1, 1), '0800010000000001'],
  ['u64', (it) => it.u64(1, 1n), '0c0001000100000000000000'],
  ['u64Be', (it) => it.u64Be(1, 1n), '0c0001000000000000000001'],
  ['a string', (it) => it.string(1, 'ä'), '07000100c3a40000'],
  ['a flag', (it) => it.flag(7), '04000700'],
  ['nested', (it) => it.nested(2, () => it.u8(1, 9)), '0c000280' + '0500010009000000'],
])('%s', (_, write, hex) => {
  expect(hexOf(write)).toBe(hex)
})

test('a message says how long it is, and takes flags until the next begins', () => {
  const writer = new MessageWriter()
  writer.startMessage(16, 1, 7)
  writer.string(1, 'lo')
  writer.endMessage()
  writer.addMessageFlags(4)
  const [message] = readMessages(writer.bytes)
  expect(message).toMatchObject({ type: 16, flags: 5, sequence: 7 })
  expect(message?.payload.attributes().need(1).string()).toBe('lo')
})

test('an attribute that is too long is refused, not cut', () => {
  const writer = new MessageWriter()
  expect(() => writer.attribute(1, new Uint8Array(65_532))).toThrow(RangeError)
  expect(() => writer.nested(1, () => writer.attribute(1, new Uint8Array(65_530)))).toThrow(RangeError)
})
