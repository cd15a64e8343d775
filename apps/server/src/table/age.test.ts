import { expect, test } from 'vitest'
import { formatAge } from './age.ts'

const s = 1000
const m = 60 * s
const h = 60 * m
const d = 24 * h
test.each([
  [-5 * s, '0s'],
  [0, '0s'],
  [119 * s, '119s'],
  [2 * m, '2m'],
  [2 * m + 5 * s, '2m5s'],
  [10 * m, '10m'],
  [179 * m, '179m'],
  [3 * h, '3h'],
  [3 * h + 7 * m, '3h7m'],
  [8 * h + 59 * m, '8h'],
  [47 * h, '47h'],
  [2 * d + 3 * h, '2d3h'],
  [8 * d, '8d'],
  [729 * d, '729d'],
  [730 * d, '2y'],
  [731 * d, '2y1d'],
  [9 * 365 * d, '9y'],
])('%d ms is %s', (ms, want) => expect(formatAge(ms)).toBe(want))
