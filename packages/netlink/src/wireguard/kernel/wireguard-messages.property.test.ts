import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Span } from '../../message/attributes.ts'
import { MessageWriter } from '../../message/message-writer.ts'
import type { WireguardChange } from '../model.ts'
import { anyChange, anyTraffic, ModelDevice } from '../model-device.testkit.ts'
import { decodeDevice } from './decode-device.ts'
import { writeSetDevice } from './encode-set-device.ts'
import { answersOf, applySet } from './kernel-side.testkit.ts'
import { splitChange } from './split-change.ts'

/** The attributes of each message of a change. */
function encode(change: WireguardChange, maxBytes: number): Span[] {
  return splitChange(change, maxBytes).map((part) => {
    const writer = new MessageWriter()
    writeSetDevice(writer, 'wg0', part)
    return Span.of(Uint8Array.from(writer.bytes))
  })
}

const messageBytes = fc.integer({ min: 500, max: 4000 })

test('a device that was told of changes, in messages of any size, reads as if it had been told at once', () => {
  const property = fc.property(
    fc.array(anyChange, { maxLength: 4 }),
    anyTraffic,
    messageBytes,
    messageBytes,
    (changes, traffic, setBytes, getBytes) => {
      const [expected, told] = [new ModelDevice(), new ModelDevice()]
      for (const change of changes) {
        expected.apply(change)
        for (const message of encode(change, setBytes)) applySet(told, message)
      }
      for (const each of [expected, told]) each.setTraffic(traffic)
      expect(decodeDevice(answersOf(told, getBytes))).toEqual(expected.device)
    },
  )
  fc.assert(property, { numRuns: 300 })
})

test('no message is longer than it may be, and an empty change is one message', () => {
  const property = fc.property(anyChange, messageBytes, (change, maxBytes) => {
    const messages = encode(change, maxBytes)
    expect(messages.length).toBeGreaterThan(0)
    for (const { length } of messages) expect(length).toBeLessThanOrEqual(maxBytes)
  })
  fc.assert(property)
})

test('a peer with more allowed IPs than a message holds is split, and replaces only once', () => {
  const allowedIps = Array.from({ length: 5000 }, (_, index) => `fd00:${(index + 1).toString(16)}::/64`)
  const peers = [{ publicKey: Buffer.alloc(32, 1).toString('base64'), replaceAllowedIps: true, allowedIps }]
  const messages = encode({ peers }, 60_000)
  expect(messages.length).toBe(4)
  const model = new ModelDevice()
  for (const message of messages) applySet(model, message)
  expect(model.device.peers[0]?.allowedIps).toEqual(allowedIps.toSorted())
  expect(decodeDevice(answersOf(model, 3900))).toEqual(model.device)
})
