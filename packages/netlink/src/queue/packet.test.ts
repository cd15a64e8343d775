import { expect, test } from 'vitest'
import { MessageWriter } from '../message/message-writer.ts'
import { readMessages } from '../message/messages.ts'
import { NFQNL_MSG_PACKET } from './constants.ts'
import { decodePacket } from './packet.ts'

/** As the kernel writes it; `fields` writes what not every packet has. */
function decoded(hook: number, fields: (writer: MessageWriter) => void) {
  const writer = new MessageWriter()
  writer.startMessage(NFQNL_MSG_PACKET, 0, 0)
  writer.raw(Uint8Array.of(2, 0, 0, 7))
  writer.attribute(1, Uint8Array.of(0xff, 0xff, 0xff, 0xfe, 0x08, 0x00, hook))
  fields(writer)
  writer.endMessage()
  const [message] = readMessages(writer.bytes)
  const packet = message && decodePacket(message.payload)
  writer.bytes.fill(0)
  return packet
}

test('a packet is read with all that is told of it, and outlives the buffer', () => {
  const packet = decoded(2, (writer) => {
    writer.u32Be(3, 0xabcd)
    writer.attribute(4, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 7, 0xa1, 0x20))
    writer.u32Be(5, 3)
    writer.u32Be(6, 4)
    writer.u32Be(13, 1500)
    writer.attribute(10, Uint8Array.of(0x45, 0))
  })
  expect(packet).toEqual({
    id: 0xffff_fffe,
    hook: 'forward',
    hardwareProtocol: 0x0800,
    inDevice: 3,
    outDevice: 4,
    mark: 0xabcd,
    payload: Uint8Array.of(0x45, 0),
    length: 1500,
    isTruncated: true,
    timestampMs: 5500,
  })
})

test('what is not told is undefined, and the packet is whole', () => {
  expect(decoded(3, (writer) => writer.attribute(10, Uint8Array.of(1, 2, 3)))).toMatchObject({
    hook: 'output',
    inDevice: undefined,
    mark: 0,
    length: 3,
    isTruncated: false,
    timestampMs: undefined,
  })
})

test('a hook that does not exist is refused', () => {
  expect(() => decoded(9, () => undefined)).toThrow('there is no hook 9')
})
