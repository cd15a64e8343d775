import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIp, isIpv4Mapped, parseIp } from './ip.ts'

const anyIp = fc.oneof(
  fc.record({ version: fc.constant(4 as const), value: fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }) }),
  fc.record({ version: fc.constant(6 as const), value: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }) }),
  fc.record({ version: fc.constant(6 as const), value: fc.bigInt({ min: 0n, max: 0xffff_ffffn }) }),
)

test('reading what was written gives the same address', () => {
  fc.assert(
    fc.property(anyIp, (ip) => {
      fc.pre(!isIpv4Mapped(ip))
      expect(parseIp(formatIp(ip))).toEqual(ip)
    }),
  )
})

test('the URL standard writes the same text', () => {
  fc.assert(
    fc.property(anyIp, (ip) => {
      fc.pre(!isIpv4Mapped(ip))
      expect(byUrlStandard(formatIp(ip))).toBe(formatIp(ip))
    }),
  )
})

/** The WHATWG URL standard normalises an address in a host name as RFC 5952 says. */
function byUrlStandard(text: string): string {
  const host = text.includes(':') ? `[${text}]` : text
  return new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '')
}

const group = fc.stringMatching(/^[0-9a-fA-F]{0,5}$/)
const groups = fc.array(fc.oneof(group, fc.ipV4()), { maxLength: 9 }).map((parts) => parts.join(':'))
const nearlyIpv6 = fc.oneof(
  fc.ipV6(),
  groups,
  fc.tuple(groups, groups).map((halves) => halves.join('::')),
)

test('the operating system agrees on which texts are IPv6 addresses, and the URL standard on their value', () => {
  fc.assert(
    fc.property(nearlyIpv6, (text) => {
      fc.pre(text.includes(':'))
      const ours = parseIp(text)
      expect(ours !== undefined).toBe(isIPv6(text))
      if (ours?.version === 6) expect(formatIp(ours)).toBe(byUrlStandard(text))
    }),
    { numRuns: 1000 },
  )
})

test('no text crashes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdefF:./% ') }), (text) => {
      const ip = parseIp(text)
      if (ip !== undefined) expect(parseIp(formatIp(ip))).toEqual(ip)
    }),
    { numRuns: 1000 },
  )
})
