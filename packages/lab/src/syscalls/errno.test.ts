import { expect, test } from 'vitest'
import { errnoName } from './errno.ts'

test.each([
  [111, 'ECONNREFUSED'],
  [1, 'EPERM'],
  [110, 'ETIMEDOUT'],
  [9999, 'errno 9999'],
])('%d is %s', (value, name) => {
  expect(errnoName(value)).toBe(name)
})
