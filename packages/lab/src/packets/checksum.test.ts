import { expect, test } from 'vitest'
import { internetChecksum, pseudoHeader } from './checksum.ts'

test('the example of RFC 1071', () => {
  const sum = 0xddf2
  expect(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex'))).toBe(~sum & 0xffff)
})

test('an odd last byte counts as if a zero followed', () => {
  expect(internetChecksum(Buffer.from('0102ff', 'hex'))).toBe(
    internetChecksum(Buffer.from('0102ff00', 'hex')),
  )
})

test('parts are summed as one', () => {
  const whole = Buffer.from('0001f203f4f5f6f7aa', 'hex')
  expect(internetChecksum(whole.subarray(0, 4), whole.subarray(4))).toBe(internetChecksum(whole))
})

test('the pseudo-headers of IPv4 and IPv6', () => {
  const four = pseudoHeader(Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2]), 17, 0x1234)
  expect(four.toString('hex')).toBe('0a0000010a000002' + '00111234')
  const six = pseudoHeader(Buffer.alloc(16, 1), Buffer.alloc(16, 2), 136, 0x1234)
  expect(six.toString('hex')).toBe(`${'01'.repeat(16)}${'02'.repeat(16)}0000123400000088`)
})
