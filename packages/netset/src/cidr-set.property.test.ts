import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cidr, cidrContains, cidrCovers, formatCidr, parseCidr } from './cidr.ts'
import { mergeCidrs, subtractCidrs } from './cidr-set.ts'
import type { Ip } from './ip.ts'
import { everyAddress, everyCidr, slowContains, smallCidr, smallCidrs } from './small-universe.testkit.ts'

const slowMembers = (cidrs: readonly Cidr[]): Ip[] =>
  everyAddress.filter((ip) => cidrs.some((cidr) => slowContains(cidr, ip)))

/** The fewest CIDRs for these addresses are those inside the set that lie in no other one inside it. */
function slowCover(members: readonly Ip[]): string[] {
  const sizeInside = (cidr: Cidr) => members.filter((ip) => slowContains(cidr, ip)).length
  const whole = everyCidr.filter(
    (cidr) => sizeInside(cidr) === everyAddress.filter((ip) => slowContains(cidr, ip)).length,
  )
  const isInLarger = (cidr: Cidr) =>
    whole.some(
      (other) =>
        other.prefixLength < cidr.prefixLength &&
        slowContains(other, { version: cidr.version, value: cidr.base }),
    )
  return whole.filter((cidr) => !isInLarger(cidr)).map(formatCidr)
}

test('a CIDR contains exactly the addresses from its first to its last', () => {
  for (const cidr of everyCidr) {
    for (const ip of everyAddress) expect(cidrContains(cidr, ip)).toBe(slowContains(cidr, ip))
  }
})

test('one CIDR covers another exactly if it contains all of its addresses', () => {
  fc.assert(
    fc.property(smallCidr, smallCidr, (outer, inner) => {
      const all = slowMembers([inner]).every((ip) => slowContains(outer, ip))
      expect(cidrCovers(outer, inner)).toBe(all)
    }),
  )
})

test('merging keeps the addresses and gives the fewest CIDRs', () => {
  fc.assert(
    fc.property(smallCidrs, (cidrs) => {
      const merged = mergeCidrs(cidrs).map(formatCidr)
      expect(merged.toSorted()).toEqual(slowCover(slowMembers(cidrs)).toSorted())
    }),
  )
})

test('merging sorts: version 4 first, then by address', () => {
  fc.assert(
    fc.property(smallCidrs, (cidrs) => {
      const merged = mergeCidrs(cidrs)
      const sorted = merged.toSorted((a, b) => a.version - b.version || (a.base < b.base ? -1 : 1))
      expect(merged).toEqual(sorted)
    }),
  )
})

test('subtracting leaves the addresses of the first that are not in the second, in the fewest CIDRs', () => {
  fc.assert(
    fc.property(smallCidrs, smallCidrs, (from, minus) => {
      const left = slowMembers(from).filter((ip) => !minus.some((cidr) => slowContains(cidr, ip)))
      expect(subtractCidrs(from, minus).map(formatCidr).toSorted()).toEqual(slowCover(left).toSorted())
    }),
  )
})

const cidrs = (...texts: string[]) =>
  texts.map((text) => parseCidr(text) ?? expect.fail(`${text} does not parse`))

test.each([
  [[], []],
  [['0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/0']],
  [['::/1', '8000::/1'], ['::/0']],
  [
    ['255.255.255.255/32', '::/128'],
    ['255.255.255.255/32', '::/128'],
  ],
  [
    ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'],
    ['10.0.0.0/23', '10.0.2.0/24'],
  ],
  [
    ['10.0.1.0/24', '10.0.2.0/24'],
    ['10.0.1.0/24', '10.0.2.0/24'],
  ],
])('%j merges to %j', (texts, want) => {
  expect(mergeCidrs(cidrs(...texts)).map(formatCidr)).toEqual(want)
})

test.each([
  [['0.0.0.0/0'], ['0.0.0.0/0'], []],
  [['0.0.0.0/0'], ['128.0.0.0/1'], ['0.0.0.0/1']],
  [['0.0.0.0/0', '::/0'], ['0.0.0.0/0'], ['::/0']],
  [['10.0.0.0/30'], ['10.0.0.1/32'], ['10.0.0.0/32', '10.0.0.2/31']],
  [['10.0.0.0/30'], ['::/0'], ['10.0.0.0/30']],
])('%j without %j is %j', (from, minus, want) => {
  expect(subtractCidrs(cidrs(...from), cidrs(...minus)).map(formatCidr)).toEqual(want)
})
