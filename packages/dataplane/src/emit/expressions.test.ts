import { parseCidr } from '@margay/netset'
import { expect, test } from 'vitest'
import { inCidr } from './expressions.ts'

test.each([
  ['10.1.2.0/23', [255, 255, 254, 0], [10, 1, 2, 0]],
  ['0.0.0.0/0', [0, 0, 0, 0], [0, 0, 0, 0]],
  ['192.0.2.7/32', [255, 255, 255, 255], [192, 0, 2, 7]],
  ['192.0.2.128/25', [255, 255, 255, 128], [192, 0, 2, 128]],
])('%s is compared under its mask', (text, mask, base) => {
  const cidr = parseCidr(text)
  const [, bitwise, compare] = cidr === undefined ? [] : inCidr('saddr', cidr)
  expect(bitwise).toMatchObject({ mask: Uint8Array.from(mask) })
  expect(compare).toMatchObject({ value: Uint8Array.from(base) })
})
