import { describe, expect, test } from 'vitest'
import { internetChecksum, pseudoHeader } from './checksum.ts'
import { crc32c } from './crc32c.ts'
import { encodeIcmp, encodeIcmpv6 } from './icmp.ts'
import { encodeMark, findMark } from './mark.ts'
import { encodeSctpInit } from './sctp.ts'
import { encodeTcpSyn } from './tcp-syn.ts'
import { encodeUdpLite } from './udp-lite.ts'

const mark = encodeMark(0xdeadbeef, 7)

describe('the mark', () => {
  test('is found wherever it stands', () => {
    expect(findMark(mark, 0xdeadbeef)).toBe(7)
    expect(findMark(Buffer.concat([Buffer.from('header!'), mark, Buffer.from('tail')]), 0xdeadbeef)).toBe(7)
  })

  test('of another run, cut short, or absent is none', () => {
    expect(findMark(mark, 1)).toBeUndefined()
    expect(findMark(mark.subarray(0, 15), 0xdeadbeef)).toBeUndefined()
    expect(findMark(Buffer.alloc(64), 0)).toBeUndefined()
  })

  test('starts as a GRE header of version 0 does', () => {
    expect(mark.readUInt32BE(0)).toBe(0)
  })
})

describe('SCTP', () => {
  const packet = encodeSctpInit({ sourcePort: 4000, destinationPort: 9, initiateTag: 5, mark })

  test('is an INIT with verification tag 0, whose chunk fills the packet', () => {
    expect([packet.readUInt16BE(0), packet.readUInt16BE(2), packet.readUInt32BE(4)]).toEqual([4000, 9, 0])
    expect([packet.readUInt8(12), packet.readUInt16BE(14)]).toEqual([1, packet.length - 12])
    expect(packet.readUInt32BE(16)).toBe(5)
  })

  test('carries the CRC-32C of itself with a zero checksum', () => {
    const zeroed = Buffer.from(packet)
    zeroed.writeUInt32LE(0, 8)
    expect(packet.readUInt32LE(8)).toBe(crc32c(zeroed))
  })

  test('holds the mark', () => {
    expect(findMark(packet, 0xdeadbeef)).toBe(7)
  })
})

describe('ICMP', () => {
  const message = { type: 8, code: 0, identifier: 0x1234, mark }

  test('sums to zero, as a receiver checks', () => {
    expect(internetChecksum(encodeIcmp(message))).toBe(0)
  })

  test('has type, code, identifier and sequence number in their places', () => {
    const header = encodeIcmpv6({ ...message, type: 128, code: 3 }).subarray(0, 8)
    expect(header.toString('hex')).toBe('80030000' + '12340001')
  })
})

test.each([
  { family: 'IPv4', source: Buffer.from([10, 0, 0, 1]), destination: Buffer.from([10, 0, 0, 2]) },
  { family: 'IPv6', source: Buffer.alloc(16, 3), destination: Buffer.alloc(16, 4) },
])('UDP-Lite over $family sums to zero with its pseudo-header', ({ source, destination }) => {
  const packet = encodeUdpLite({ source, sourcePort: 1, destination, destinationPort: 2, data: mark })
  expect(internetChecksum(pseudoHeader(source, destination, 136, packet.length), packet)).toBe(0)
  expect(packet.readUInt16BE(4)).toBe(packet.length)
})

test.each([
  { family: 'IPv4', source: Buffer.from([10, 0, 0, 1]), destination: Buffer.from([10, 0, 0, 2]) },
  { family: 'IPv6', source: Buffer.alloc(16, 3), destination: Buffer.alloc(16, 4) },
])(
  'a TCP SYN over $family has no other flag, no options, and sums to zero with its pseudo-header',
  ({ source, destination }) => {
    const ports = { sourcePort: 4000, destinationPort: 80 }
    const packet = encodeTcpSyn({ source, destination, ...ports, sequence: 0xfedcba98, data: mark })
    expect([packet.readUInt16BE(0), packet.readUInt16BE(2)]).toEqual([4000, 80])
    expect([packet.readUInt32BE(4), packet.readUInt32BE(8)]).toEqual([0xfedcba98, 0])
    expect([packet.readUInt8(12), packet.readUInt8(13)]).toEqual([0x50, 0x02])
    expect(internetChecksum(pseudoHeader(source, destination, 6, packet.length), packet)).toBe(0)
  },
)
