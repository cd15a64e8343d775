import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes } from '../samples.testkit.ts'
import { formatInterval, formatRange, formatValue, type ValueKind } from './format-value.ts'

function ipv6(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.padEnd(32, '0'), 'hex'))
}

test.each<[ValueKind, Uint8Array, string]>([
  ['ipv4_addr', bytes(10, 0, 0, 1), '10.0.0.1'],
  ['ipv4_addr', bytes(10, 0), '0x0a00'],
  ['ipv6_addr', ipv6(''), '::'],
  ['ipv6_addr', ipv6('fd'), 'fd00::'],
  ['ipv6_addr', ipv6('00000000000000000000000000000001'), '::1'],
  ['ipv6_addr', ipv6('20010db8000000000001000000000001'), '2001:db8::1:0:0:1'],
  ['ipv6_addr', ipv6('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1'],
  ['ipv6_addr', ipv6('00010000000000100000000000000000'), '1:0:0:10::'],
  ['ether_addr', bytes(2, 3, 4, 5, 6, 255), '02:03:04:05:06:ff'],
  ['inet_service', bytes(1, 0), '256'],
  ['inet_proto', bytes(17), 'udp'],
  ['inet_proto', bytes(200), '200'],
  ['mark', bytes(0, 1, 0, 0), '0x00000100'],
  ['integer', bytes(1, 1, 0, 0), '257'],
  ['nf_proto', bytes(10, 0, 0, 0), 'ipv6'],
  ['ifname', bytes(0x65, 0x22, 0, ...Array(13).fill(0)), '"e\\""'],
  ['ct_state', bytes(8, 0, 0, 0), 'new'],
  ['ct_state', bytes(0, 0, 0, 0), '0x0'],
  ['ct_state', bytes(1, 1, 0, 0), 'invalid,0x100'],
  ['ether_type', bytes(0x86, 0xdd), 'ip6'],
  ['bytes', bytes(), '""'],
])('%s %s is %s', (kind, value, text) => {
  expect(formatValue(kind, value)).toBe(text)
})

test('every text of an IPv6 address is one, and of the same address', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }), (values) => {
      const text = formatValue('ipv6_addr', Uint8Array.from(values))
      expect(isIPv6(text)).toBe(true)
      expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`)
    }),
  )
})

test('a range that is a prefix is written as one', () => {
  expect(formatRange('ipv4_addr', bytes(10, 0, 0, 0), bytes(10, 255, 255, 255))).toBe('10.0.0.0/8')
  expect(formatRange('ipv4_addr', bytes(0, 0, 0, 0), bytes(255, 255, 255, 255))).toBe('0.0.0.0/0')
  expect(formatRange('ipv4_addr', bytes(10, 0, 0, 1), bytes(10, 0, 0, 2))).toBe('10.0.0.1-10.0.0.2')
  expect(formatRange('inet_service', bytes(0, 0), bytes(255, 255))).toBe('0-65535')
})

test('a concatenation is cut at its padding', () => {
  const fields = ['ether_addr', 'inet_service'] as const
  const key = bytes(2, 0, 0, 0, 0, 1, 0, 0, 0, 80, 0, 0)
  expect(formatInterval(fields, key, key.with(9, 90))).toBe('02:00:00:00:00:01 . 80-90')
})
