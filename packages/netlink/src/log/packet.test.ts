import { expect, test } from 'vitest'
import { MessageWriter } from '../message/message-writer.ts'
import { readMessages } from '../message/messages.ts'
import { NFULNL_MSG_PACKET } from './constants.ts'
import { decodeLoggedPacket } from './packet.ts'

/** As the kernel writes it; `fields` writes what not every packet has. */
function decoded(hook: number, fields: (writer: MessageWriter) => void) {
  const writer = new MessageWriter()
  writer.startMessage(NFULNL_MSG_PACKET, 0, 0)
  writer.raw(Uint8Array.of(2, 0, 0, 7))
  writer.attribute(1, Uint8Array.of(0x86, 0xdd, hook, 0))
  fields(writer)
  writer.endMessage()
  const [message] = readMessages(writer.bytes)
  const packet = message && decodeLoggedPacket(message.payload)
  writer.bytes.fill(0)
  return packet
}

test('a copy is read with all that is told of it, and outlives the buffer', () => {
  const packet = decoded(2, (writer) => {
    writer.u32Be(2, 0xabcd)
    writer.u32Be(4, 3)
    writer.u32Be(5, 4)
    writer.attribute(9, Uint8Array.of(0x60, 0))
    writer.string(10, 'dns')
    writer.u32Be(12, 0xffff_fffe)
  })
  expect(packet).toEqual({
    hook: 'forward',
    hardwareProtocol: 0x86dd,
    inDevice: 3,
    outDevice: 4,
    mark: 0xabcd,
    prefix: 'dns',
    payload: Uint8Array.of(0x60, 0),
    sequence: 0xffff_fffe,
  })
})

test('what is not told is undefined or nothing', () => {
  expect(decoded(3, () => undefined)).toEqual({
    hook: 'output',
    hardwareProtocol: 0x86dd,
    inDevice: undefined,
    outDevice: undefined,
    mark: 0,
    prefix: '',
    payload: new Uint8Array(0),
    sequence: 0,
  })
})

test('a hook that does not exist is refused', () => {
  expect(() => decoded(9, () => undefined)).toThrow('there is no hook 9')
})
