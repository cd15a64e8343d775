/** Regions and sets of packets against sets that are written out, pair by pair. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  everyNumber,
  everyPair,
  intersectRegions,
  type Region,
  rectangle,
  regionHolds,
  regionKey,
  subtractRegions,
  uniteRegions,
} from './region.ts'
import { type Traffic, Traffics } from './traffic.ts'

/** Numbers at both ends, so that what touches 0 and 65535 is tried. */
const numbers = [0, 1, 2, 3, 65_533, 65_534, 65_535]
const range = fc.tuple(fc.constantFrom(...numbers), fc.constantFrom(...numbers)).map(([one, other]) => ({
  min: Math.min(one, other),
  max: Math.max(one, other),
}))
const lists = fc.array(range, { maxLength: 2 })
const regions: fc.Arbitrary<Region> = fc
  .array(fc.tuple(lists, lists), { maxLength: 4 })
  .map((all) => all.reduce<Region>((sum, [first, second]) => uniteRegions(sum, rectangle(first, second)), []))

/** A number between two that ranges end at is as good as any other there. */
const tried = [...numbers, 1000]
const pairs = tried.flatMap((first) => tried.map((second) => [first, second] as const))
const members = (region: Region) =>
  pairs.filter(([first, second]) => regionHolds(region, first, second)).join(' ')

test.each([
  ['union', uniteRegions, (one: boolean, other: boolean) => one || other],
  ['intersection', intersectRegions, (one: boolean, other: boolean) => one && other],
  ['difference', subtractRegions, (one: boolean, other: boolean) => one && !other],
] as const)('the %s holds what it should, pair by pair', (_name, combine, isIn) => {
  fc.assert(
    fc.property(regions, regions, (one, other) => {
      const combined = combine(one, other)
      for (const [first, second] of pairs)
        expect(regionHolds(combined, first, second)).toBe(
          isIn(regionHolds(one, first, second), regionHolds(other, first, second)),
        )
    }),
    { numRuns: 500 },
  )
})

test('equal sets have equal keys, and only these', () => {
  fc.assert(
    fc.property(regions, regions, (one, other) => {
      expect(regionKey(one) === regionKey(other)).toBe(members(one) === members(other))
      const again = uniteRegions(
        intersectRegions(one, other),
        uniteRegions(subtractRegions(one, other), subtractRegions(other, one)),
      )
      expect(regionKey(again)).toBe(regionKey(uniteRegions(one, other)))
    }),
    { numRuns: 500 },
  )
})

test('what a set lacks and what it holds are everything', () => {
  fc.assert(
    fc.property(regions, (region) => {
      const rest = subtractRegions(everyPair, region)
      expect(regionKey(uniteRegions(rest, region))).toBe(regionKey(rectangle(everyNumber, everyNumber)))
      expect(intersectRegions(rest, region)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

const protocols = [0, 1, 6, 7, 17, 255]
const slices = fc
  .tuple(...protocols.map((protocol) => regions.map((region) => ({ min: protocol, max: protocol, region }))))
  .map((all) => [...all])

test('sets of packets are one object exactly when they hold the same', () => {
  const traffics = new Traffics()
  const holds = (it: Traffic) =>
    protocols
      .map((protocol) => pairs.filter(([first, second]) => it.holds(protocol, first, second)).join(' '))
      .join(';')
  fc.assert(
    fc.property(slices, slices, (one, other) => {
      const [left, right] = [traffics.of(one), traffics.of(other)]
      expect(left === right).toBe(holds(left) === holds(right))
      const [union, both] = [traffics.unite(left, right), traffics.intersect(left, right)]
      expect(traffics.unite(right, left)).toBe(union)
      expect(traffics.subtract(union, traffics.subtract(right, left))).toBe(left)
      expect(traffics.unite(traffics.subtract(left, right), both)).toBe(left)
      expect(both.isEmpty).toBe(traffics.subtract(left, right) === left)
    }),
    { numRuns: 300 },
  )
})
