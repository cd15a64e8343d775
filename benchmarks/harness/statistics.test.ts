import { expect, test } from 'vitest'
import { latencies, median, percentile } from './statistics.ts'

const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)

test.each([
  { percent: 1, expected: 1 },
  { percent: 50, expected: 50 },
  { percent: 99, expected: 99 },
  { percent: 99.5, expected: 100 },
  { percent: 100, expected: 100 },
])('the $percent. percentile of 1 to 100 is $expected', ({ percent, expected }) => {
  expect(percentile(hundred, percent)).toBe(expected)
})

test('every percentile of one sample is that sample', () => {
  expect([1, 50, 99, 100].map((percent) => percentile([7], percent))).toEqual([7, 7, 7, 7])
})

test('samples are compared as numbers, not as text', () => {
  expect(percentile([10, 9, 100], 50)).toBe(10)
})

test('the median of an even number of samples is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([5, 1, 3])).toBe(3)
})

test('no samples have neither percentile nor median', () => {
  expect(() => percentile([], 50)).toThrow(RangeError)
  expect(() => median([])).toThrow(RangeError)
})

test('latencies are named by a prefix and their unit', () => {
  expect(latencies(hundred, 'write_')).toEqual({ write_p50_ms: 50, write_p99_ms: 99 })
})
