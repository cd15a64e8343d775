import { expect, test } from 'vitest'
import { durationSeconds } from './duration.ts'

test.each([
  ['0s', 0],
  ['90s', 90],
  ['1h30m', 5400],
  ['1.5m', 90],
  ['250ms', 0.25],
  ['1h1m1s500ms', 3661.5],
  ['2m1h', 3720],
])('%s is %d seconds', (text, seconds) => expect(durationSeconds(text)).toBeCloseTo(seconds, 9))

test.each(['', '0', '10', '-1s', '1d', 's', '1.s', '.5s', '1h 30m', '1H'])('%j is none', (text) =>
  expect(durationSeconds(text)).toBeUndefined(),
)
