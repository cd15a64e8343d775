/** Bytes that are almost a packet of nfnetlink_queue or nfnetlink_log, or a rule that queues: they are read, or refused as what they are. */
import { NetlinkDecodeError, readMessages } from '@margay/netlink'
import { type Expression, formatRule, type Table } from '@margay/netlink/nftables'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NFULNL_MSG_PACKET } from '../../packages/netlink/src/log/constants.ts'
import { decodeLoggedPacket } from '../../packages/netlink/src/log/packet.ts'
import { MessageWriter } from '../../packages/netlink/src/message/message-writer.ts'
import { readRule } from '../../packages/netlink/src/nftables/decode/decode-object.ts'
import { encodeBatch } from '../../packages/netlink/src/nftables/encode/encode-batch.ts'
import { NFQNL_MSG_PACKET } from '../../packages/netlink/src/queue/constants.ts'
import { decodePacket } from '../../packages/netlink/src/queue/packet.ts'
import { damaged, fuzzOptions, fuzzTimeout } from './support/mutate.ts'

const pieces = [
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(4, 0, 1, 0),
  Uint8Array.of(4, 0, 10, 0),
  Uint8Array.of(8, 0, 2, 0, 0, 0, 0, 3),
  Uint8Array.of(5, 0, 3, 0, 7, 0, 0, 0),
]

function packetMessage(): Uint8Array {
  const writer = new MessageWriter()
  writer.startMessage(NFQNL_MSG_PACKET, 0, 0)
  writer.raw(Uint8Array.of(2, 0, 0, 7))
  writer.attribute(1, Uint8Array.of(0, 0, 0, 1, 0x08, 0x00, 2))
  writer.attribute(4, new Uint8Array(16).fill(1))
  writer.u32Be(5, 3)
  writer.attribute(10, new Uint8Array(40).fill(0x45))
  writer.endMessage()
  return writer.bytes.slice()
}

/** The header's length is set right, so that damage is met where attributes are read. */
function withLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16) return bytes
  const copy = Uint8Array.from(bytes)
  new DataView(copy.buffer).setUint32(0, copy.length, true)
  return copy
}

function expectReadOrRefused(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(NetlinkDecodeError)
  }
}

test(
  'a damaged packet is read or refused',
  () => {
    const seed = packetMessage()
    expect(readMessages(seed).map(({ payload }) => decodePacket(payload).payload.length)).toEqual([40])
    const property = fc.property(damaged([seed], pieces), (bytes) =>
      expectReadOrRefused(() => readMessages(withLength(bytes)).map(({ payload }) => decodePacket(payload))),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

function copyMessage(): Uint8Array {
  const writer = new MessageWriter()
  writer.startMessage(NFULNL_MSG_PACKET, 0, 0)
  writer.raw(Uint8Array.of(2, 0, 0, 7))
  writer.attribute(1, Uint8Array.of(0x08, 0x00, 2, 0))
  writer.string(10, 'seen')
  writer.u32Be(5, 3)
  writer.attribute(9, new Uint8Array(40).fill(0x45))
  writer.u32Be(12, 1)
  writer.endMessage()
  return writer.bytes.slice()
}

test(
  'a damaged copy of a packet is read or refused',
  () => {
    const seed = copyMessage()
    expect(readMessages(seed).map(({ payload }) => decodeLoggedPacket(payload).payload.length)).toEqual([40])
    const property = fc.property(damaged([seed], pieces), (bytes) =>
      expectReadOrRefused(() =>
        readMessages(withLength(bytes)).map(({ payload }) => decodeLoggedPacket(payload)),
      ),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)

const table: Table = { family: 'ip', name: 't' }
const expressions: readonly Expression[] = [
  { type: 'queue', number: 7, bypass: true },
  { type: 'nfqueue-target', number: 7, bypass: true },
  { type: 'ct', key: 'ip daddr', direction: 'original', to: 0 },
]

test.each(expressions)(
  'a damaged rule with $type is read or refused',
  (expression) => {
    const change = { do: 'add-rule', table, chain: 'c', rule: { expressions: [expression] } } as const
    const messages = readMessages(encodeBatch([change], { firstSequence: 1 }).bytes)
    const whole = messages[1]
    if (whole === undefined) throw new Error('the batch has no rule')
    expect(readRule(whole).rule.expressions).toEqual([expression])
    const { view, start, end } = whole.payload
    const seed = new Uint8Array(view.buffer, view.byteOffset + start - 16, end - start + 16).slice()
    const property = fc.property(damaged([seed], pieces), (bytes) =>
      expectReadOrRefused(() =>
        readMessages(withLength(bytes)).map((message) => formatRule(readRule(message).rule)),
      ),
    )
    fc.assert(property, fuzzOptions)
  },
  fuzzTimeout,
)
