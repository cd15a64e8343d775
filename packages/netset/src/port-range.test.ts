import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  complementPorts,
  formatPortRange,
  intersectPorts,
  mergePorts,
  type PortRange,
  portsContain,
  subtractPorts,
} from './port-range.ts'

const ranges = (...pairs: [number, number][]): PortRange[] => pairs.map(([min, max]) => ({ min, max }))

test.each([
  [ranges(), ranges()],
  [ranges([80, 80], [81, 90]), ranges([80, 90])],
  [ranges([443, 443], [80, 80]), ranges([80, 80], [443, 443])],
  [ranges([1, 100], [20, 30]), ranges([1, 100])],
  [ranges([0, 65_535], [1, 2]), ranges([0, 65_535])],
  [ranges([90, 80]), ranges()],
])('%j merges to %j', (given, want) => {
  expect(mergePorts(given)).toEqual(want)
})

test.each([
  [ranges(), ranges([0, 65_535])],
  [ranges([0, 65_535]), ranges()],
  [ranges([0, 0], [65_535, 65_535]), ranges([1, 65_534])],
  [ranges([80, 80]), ranges([0, 79], [81, 65_535])],
])('all ports but %j are %j', (given, want) => {
  expect(complementPorts(given)).toEqual(want)
})

test('one port is written alone, several with a colon', () => {
  expect(formatPortRange({ min: 80, max: 80 })).toBe('80')
  expect(formatPortRange({ min: 80, max: 90 })).toBe('80:90')
})

// Ports at both ends of the space, so that the edges are met often.
const port = fc.oneof(fc.nat(12), fc.integer({ min: 65_523, max: 65_535 }))
const someRanges = fc.array(fc.record({ min: port, max: port }), { maxLength: 8 })
const everyPort = [...Array(16).keys(), ...Array.from({ length: 16 }, (_, index) => 65_520 + index)]
const membersOf = (list: readonly PortRange[]) => everyPort.filter((value) => portsContain(list, value))

function expectCanonical(list: readonly PortRange[]): void {
  for (const range of list) expect(range.min).toBeLessThanOrEqual(range.max)
  for (const [index, range] of list.slice(1).entries()) {
    expect(range.min).toBeGreaterThan((list[index]?.max ?? Number.POSITIVE_INFINITY) + 1)
  }
}

test('each operation holds exactly the ports that set theory says, in canonical form', () => {
  fc.assert(
    fc.property(someRanges, someRanges, (left, right) => {
      const inLeft = new Set(membersOf(left))
      const inRight = new Set(membersOf(right))
      const cases: [PortRange[], (value: number) => boolean][] = [
        [mergePorts(left), (value) => inLeft.has(value)],
        [complementPorts(left), (value) => !inLeft.has(value)],
        [intersectPorts(left, right), (value) => inLeft.has(value) && inRight.has(value)],
        [subtractPorts(left, right), (value) => inLeft.has(value) && !inRight.has(value)],
      ]
      for (const [result, isMember] of cases) {
        expect(membersOf(result)).toEqual(everyPort.filter(isMember))
        expectCanonical(result)
      }
    }),
  )
})
