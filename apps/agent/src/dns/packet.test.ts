import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ip,
  ipPacket,
  reversed,
  type TestEnds,
  tcpFlags,
  tcpPacket,
  toServer,
  udpPacket,
} from './dns.testkit.ts'
import { readPacket } from './packet.ts'

const data = Uint8Array.of(1, 2, 3)
const ipv6: TestEnds = { ...toServer, source: '2001:db8::7', destination: 'fd00::a' }
const endsOf = (ends: TestEnds) => ({ ...ends, source: ip(ends.source), destination: ip(ends.destination) })

test.each([toServer, reversed(toServer), ipv6])('a packet of UDP is its ends and its data: %j', (ends) => {
  expect(readPacket(udpPacket(ends, data))).toEqual({ protocol: 'udp', ...endsOf(ends), data })
})

test.each([toServer, ipv6])('a packet of TCP is its ends, place, flags and data: %j', (ends) => {
  const flags = tcpFlags.syn | tcpFlags.ack
  const options = Uint8Array.of(2, 4, 5, 0xb4)
  expect(readPacket(tcpPacket(ends, { sequence: 0xffff_fffe, flags, data, options }))).toEqual({
    protocol: 'tcp',
    ...endsOf(ends),
    data,
    sequence: 0xffff_fffe,
    isSyn: true,
    isFin: false,
    isReset: false,
  })
})

test('what stands behind the packet is not of it', () => {
  const padded = Uint8Array.from([...udpPacket(toServer, data), 9, 9, 9])
  expect(readPacket(padded)?.data).toEqual(data)
})

test('options of IPv4 are skipped', () => {
  const [plain, options] = [udpPacket(toServer, data), [1, 1, 1, 0]]
  const bytes = Uint8Array.from([...plain.subarray(0, 20), ...options, ...plain.subarray(20)])
  bytes[0] = 0x46
  bytes[3] = bytes.length
  expect(readPacket(bytes)).toEqual(readPacket(plain))
})

/** Of 8 bytes, but for that of authentication, which counts otherwise. */
const extension = (next: number, length = 0, size = 8) => [next, length, ...Array<number>(size - 2).fill(0)]
const udpIn = (first: number, ...extensions: readonly number[]) =>
  ipPacket(ipv6, first, Uint8Array.from([...extensions, ...udpPacket(ipv6, data).subarray(40)]))

test('extensions of IPv6 are skipped, a fragment is none', () => {
  const plain = readPacket(udpPacket(ipv6, data))
  const all = [...extension(43), ...extension(60, 1, 16), ...extension(51), ...extension(17, 4, 24)]
  expect(readPacket(udpIn(0, ...all))).toEqual(plain)
  expect(readPacket(udpIn(44, ...extension(17)))).toBeUndefined()
  expect(readPacket(udpIn(50, ...extension(17)))).toBeUndefined()
  const many = Array.from({ length: 9 }, (_, index) => extension(index === 8 ? 17 : 60)).flat()
  expect(readPacket(udpIn(60, ...many))).toBeUndefined()
  expect(readPacket(udpIn(60, ...extension(17, 200)))).toBeUndefined()
})

const changed = (bytes: Uint8Array, ...changes: readonly (readonly [at: number, byte: number])[]) => {
  const copy = bytes.slice()
  for (const [at, byte] of changes) copy[at] = byte
  return copy
}

test.each([
  ['nothing', new Uint8Array(0)],
  ['another version', changed(udpPacket(toServer, data), [0, 0x55])],
  ['a header that is too short', changed(udpPacket(toServer, data), [0, 0x44])],
  ['one that is cut', udpPacket(toServer, data).subarray(0, -1)],
  ['one of IPv6 that is cut', udpPacket(ipv6, data).subarray(0, -1)],
  ['the first fragment', changed(udpPacket(toServer, data), [6, 0x20])],
  ['the last fragment', changed(udpPacket(toServer, data), [7, 1])],
  ['ICMP', changed(udpPacket(toServer, data), [9, 1])],
  ['UDP that is longer than its packet', changed(udpPacket(toServer, data), [25, 12])],
  ['UDP that is shorter than its header', changed(udpPacket(toServer, data), [25, 7])],
  ['TCP whose header is longer than its packet', changed(tcpPacket(toServer, { sequence: 1 }), [32, 0x60])],
  ['TCP whose header is too short', changed(tcpPacket(toServer, { sequence: 1 }), [32, 0x40])],
])('%s is no packet', (_, bytes) => {
  expect(readPacket(bytes)).toBeUndefined()
})

test('of any bytes nothing is thrown, and data is always a part of them', () => {
  const seeds = [udpPacket(toServer, data), udpPacket(ipv6, data), tcpPacket(ipv6, { sequence: 5, data })]
  const damages = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 5 })
  fc.assert(
    fc.property(fc.constantFrom(...seeds), damages, fc.nat(70), (seed, damage, end) => {
      const bytes = changed(seed, ...damage).subarray(0, end)
      const packet = readPacket(bytes)
      if (packet !== undefined) expect(packet.data.length).toBeLessThanOrEqual(bytes.length - 28)
    }),
    { numRuns: 3000 },
  )
})
