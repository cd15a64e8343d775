import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NetlinkDecodeError } from '../errors.ts'
import { Span } from '../message/attributes.ts'
import { decodeIp, decodePrefix, encodeIp, encodeMac, encodePrefix } from './ip-bytes.ts'

/** Words that are often zero, so that runs of them appear. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((words) => Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255])))
const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), ipv6)

test('text of an address is an address, and leads back to its bytes', () => {
  fc.assert(
    fc.property(bytes, (address) => {
      const text = decodeIp(Span.of(address))
      expect(isIP(text)).toBe(address.length === 4 ? 4 : 6)
      expect(encodeIp(text)).toEqual(address)
    }),
  )
})

test('IPv6 text is canonical: as a URL has it', () => {
  fc.assert(
    fc.property(ipv6, (address) => {
      const text = decodeIp(Span.of(address))
      if (text.startsWith('::ffff:') && text.includes('.')) return
      expect(`[${text}]`).toBe(new URL(`http://[${text}]/`).hostname)
    }),
  )
})

describe('what is not right is refused', () => {
  test.each(['', '10.0.0', '10.0.0.256', 'fe80::1%eth0', '1::2::3', 'x'])('address %j', (text) => {
    expect(() => encodeIp(text)).toThrow(RangeError)
  })
  test.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1'])('prefix %j', (text) => {
    expect(() => encodePrefix(text)).toThrow(RangeError)
  })
  test.each(['', '02:00:00:00:00', '02:00:00:00:00:0g', '020000000001'])('MAC %j', (text) => {
    expect(() => encodeMac(text)).toThrow(RangeError)
  })
  test('an address of 5 bytes', () => {
    expect(() => decodeIp(Span.of(new Uint8Array(5)))).toThrow(NetlinkDecodeError)
  })
})

test('a prefix without an address is everything', () => {
  expect(decodePrefix(undefined, 0, 4)).toBe('0.0.0.0/0')
  expect(decodePrefix(undefined, 0, 6)).toBe('::/0')
  expect(encodePrefix('10.0.0.1')).toMatchObject({ family: 4, length: 32 })
})
