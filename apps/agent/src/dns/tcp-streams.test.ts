import fc from 'fast-check'
import { expect, test } from 'vitest'
import { framed, ip, type TestSegment, tcpFlags, tcpPacket, toServer } from './dns.testkit.ts'
import { readPacket, type TcpPacket } from './packet.ts'
import { defaultStreamLimits, type StreamLimits, TcpStreams } from './tcp-streams.ts'

const message = (length: number, first = 0) =>
  Uint8Array.from({ length }, (_, index) => (index + first) & 0xff)
const packetOf = (segment: TestSegment, source = toServer.source, sourcePort = toServer.sourcePort) =>
  readPacket(tcpPacket({ ...toServer, source, sourcePort }, segment)) as TcpPacket
const syn = (sequence: number) => packetOf({ sequence: sequence >>> 0, flags: tcpFlags.syn })

/** All that comes out of a stream whose SYN has this number. */
function taken(start: number, segments: readonly TestSegment[], streams = new TcpStreams()): Uint8Array[] {
  const all = [syn(start), ...segments.map((segment) => packetOf(segment))]
  return all.flatMap((packet) => {
    const messages = streams.take(packet)
    // As who reads packets uses their memory again.
    packet.data.fill(0xee)
    return messages
  })
}

test('messages come out whole, whoever put how many of them into a segment', () => {
  const bytes = framed(message(12), message(400), message(12, 7))
  expect(taken(1000, [{ sequence: 1001, data: bytes }])).toEqual([message(12), message(400), message(12, 7)])
  const single = Array.from(bytes, (byte, index) => ({ sequence: 1001 + index, data: Uint8Array.of(byte) }))
  expect(taken(1000, single)).toEqual([message(12), message(400), message(12, 7)])
})

test('the largest message comes out whole', () => {
  const data = framed(message(65_535))
  const parts = Array.from({ length: 47 }, (_, index) => index * 1400)
  const segments = parts.map((at) => ({ sequence: 1 + at, data: data.subarray(at, at + 1400) }))
  expect(taken(0, segments)).toEqual([message(65_535)])
})

test('in any order, sent again, overlapping, and with numbers that wrap, the messages are the same', () => {
  const pieces = fc.array(fc.tuple(fc.nat(1000), fc.nat(300)), { maxLength: 30 })
  const messages = fc.array(fc.integer({ min: 12, max: 300 }), { minLength: 1, maxLength: 4 })
  const start = fc.oneof(fc.constantFrom(0xffff_ffff, 0xffff_ff00, 0x7fff_ff00, 0), fc.nat(0xffff_ffff))
  fc.assert(
    fc.property(start, messages, pieces, fc.infiniteStream(fc.nat(1000)), (first, lengths, extra, order) => {
      const whole = lengths.map((length, index) => message(length, index))
      const data = framed(...whole)
      const segment = (from: number, to: number) => ({
        sequence: (first + 1 + from) >>> 0,
        data: data.subarray(from, to),
      })
      const covering = Array.from({ length: Math.ceil(data.length / 90) }, (_, n) =>
        segment(n * 90, n * 90 + 90),
      )
      const others = extra.map(([from, length]) => segment(from % data.length, (from % data.length) + length))
      const shuffled = [...covering, ...others]
        .map((each) => ({ each, at: order.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each)
      expect(taken(first, shuffled)).toEqual(whole)
    }),
    { numRuns: 300 },
  )
})

test('whatever comes, nothing is thrown, and what is held stays within the limits', () => {
  const limits = { streams: 6, streamsOfHosts: 4, heldBytes: 3000, heldBytesOfHosts: 2000 }
  const any = fc.record({
    sequence: fc.oneof(fc.nat(400), fc.nat(0xffff_ffff)),
    flags: fc.constantFrom(0x10, 0x10, 0x10, 0x02, 0x11, 0x04),
    data: fc.uint8Array({ maxLength: 300 }),
    host: fc.constantFrom('10.244.0.7', '10.244.0.8', 'fd00::7'),
    port: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(fc.array(any, { maxLength: 80 }), (list) => {
      const streams = new TcpStreams(limits)
      for (const { host, port, ...segment } of list) {
        const packet = { ...packetOf(segment), source: ip(host), sourcePort: port }
        for (const each of streams.take(packet)) expect(each.length).toBeGreaterThanOrEqual(12)
        expect(streams.size).toBeLessThanOrEqual(limits.streams)
        expect(streams.heldBytes).toBeLessThanOrEqual(limits.heldBytes)
      }
    }),
    { numRuns: 300 },
  )
})

test('without its SYN a connection is not followed', () => {
  const streams = new TcpStreams()
  expect(streams.take(packetOf({ sequence: 1, data: framed(message(12)) }))).toEqual([])
  expect([streams.counts.unfollowed, streams.size]).toEqual([1, 0])
})

test('a SYN may carry data, and one that is sent again begins nothing', () => {
  const data = framed(message(20))
  const streams = new TcpStreams()
  const first = packetOf({ sequence: 9, flags: tcpFlags.syn, data: data.subarray(0, 5) })
  expect(
    [first, first, packetOf({ sequence: 15, data: data.subarray(5) })].flatMap((it) => streams.take(it)),
  ).toEqual([message(20)])
})

test('a new connection between the same ports begins anew', () => {
  const streams = new TcpStreams()
  taken(0, [{ sequence: 1, data: Uint8Array.of(0, 40, 1) }], streams)
  expect(taken(5000, [{ sequence: 5001, data: framed(message(12)) }], streams)).toEqual([message(12)])
  expect([streams.size, streams.heldBytes]).toEqual([1, 0])
})

test.each([
  ['a message shorter than a header', { sequence: 1, data: Uint8Array.of(0, 11, 1) }],
  ['data far behind what is missing', { sequence: 200_000, data: Uint8Array.of(1) }],
])('%s gives the connection up', (_, segment) => {
  const streams = new TcpStreams()
  expect(taken(0, [segment, { sequence: 1, data: framed(message(12)) }], streams)).toEqual([])
  expect([streams.counts['given-up'], streams.counts.unfollowed, streams.size]).toEqual([1, 1, 0])
  expect(streams.heldBytes).toBe(0)
})

test('too many segments that came too early give it up', () => {
  const streams = new TcpStreams()
  const early = Array.from({ length: 65 }, (_, n) => ({ sequence: 10 + n * 2, data: Uint8Array.of(1) }))
  taken(0, early, streams)
  expect([streams.counts['given-up'], streams.heldBytes]).toEqual([1, 0])
})

test.each([tcpFlags.fin, tcpFlags.reset])(
  'an end of a connection ends what is held of it: flags %i',
  (flags) => {
    const streams = new TcpStreams()
    const last = { sequence: 1, flags: flags | tcpFlags.ack, data: framed(message(12)) }
    expect(taken(0, [last], streams)).toEqual([message(12)])
    expect([streams.size, streams.heldBytes]).toEqual([0, 0])
  },
)

test('a client with many connections loses its own', () => {
  const limits: StreamLimits = { ...defaultStreamLimits, streamsOfHosts: 10 }
  const streams = new TcpStreams(limits)
  taken(0, [], streams)
  for (let port = 1; port <= 1000; port++)
    streams.take(packetOf({ sequence: 0, flags: tcpFlags.syn }, '10.244.0.8', port))
  expect([streams.size, streams.counts['pushed-out']]).toEqual([11, 990])
  expect(streams.take(packetOf({ sequence: 1, data: framed(message(12)) }))).toEqual([message(12)])
})

test('a client that begins large messages and ends none loses its own', () => {
  const streams = new TcpStreams({ ...defaultStreamLimits, heldBytesOfHosts: 100_000 })
  taken(0, [{ sequence: 1, data: Uint8Array.of(0, 12, 0) }], streams)
  const part = Uint8Array.from([255, 255, ...message(30_000)])
  for (let port = 1; port <= 100; port++) {
    streams.take(packetOf({ sequence: 0, flags: tcpFlags.syn }, '10.244.0.8', port))
    streams.take(packetOf({ sequence: 1, data: part }, '10.244.0.8', port))
  }
  expect(streams.heldBytes).toBeLessThan(101_000)
  expect(streams.take(packetOf({ sequence: 4, data: message(11, 1) }))).toEqual([message(12)])
})
