import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cidrContains } from './cidr.ts'
import { nestedRanges } from './nested-ranges.ts'

const bits = 6
/** Prefixes of the first 64 IPv4 addresses, so that they nest and touch often. */
const cidrs = fc
  .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: bits }))
  .map(([value, length]) => ({
    version: 4 as const,
    base: (BigInt(value) >> BigInt(bits - length)) << BigInt(bits - length),
    prefixLength: 32 - bits + length,
  }))

test('an address has the owners of exactly the prefixes that contain it, in one range at most', () => {
  fc.assert(
    fc.property(fc.array(cidrs, { maxLength: 12 }), (list) => {
      const ranges = nestedRanges(list.map((cidr, owner) => ({ cidr, owner })))
      for (let value = 0n; value < 70n; value++) {
        const inside = ranges.filter(({ first, last }) => first <= value && value <= last)
        const owners = list.flatMap((cidr, i) => (cidrContains(cidr, { version: 4, value }) ? [i] : []))
        expect(inside.length).toBe(owners.length === 0 ? 0 : 1)
        expect([...(inside[0]?.owners ?? [])].sort((a, b) => a - b)).toEqual(owners)
      }
    }),
  )
})

test('ranges come in ascending order', () => {
  fc.assert(
    fc.property(fc.array(cidrs, { maxLength: 12 }), (list) => {
      const ranges = nestedRanges(list.map((cidr) => ({ cidr, owner: 0 })))
      for (const [i, range] of ranges.entries()) {
        expect(range.first <= range.last).toBe(true)
        expect(range.first > (ranges[i - 1]?.last ?? -1n)).toBe(true)
      }
    }),
  )
})
