import { expect, test } from 'vitest'
import { answerMessage, queryMessage, readMessage } from './messages.ts'

test('an answer says what it was made of', () => {
  const message = answerMessage({ name: 'a.test', type: 'A' }, 7, '192.0.2.1')
  expect(readMessage(message)).toEqual({ id: 7, isTruncated: false, addresses: ['192.0.2.1'], records: 1 })
})

test('what is in the additional section is no answer', () => {
  const message = answerMessage({ name: 'a.test', type: 'AAAA' }, 7, '2001:db8::1', {
    section: 'additionals',
  })
  expect(readMessage(message)).toMatchObject({ addresses: [], records: 0 })
})

test('a query has its length before it over TCP, and asks for HTTPS by its number', () => {
  const lookup = { name: 'a.test', type: 'HTTPS' } as const
  const [udp, tcp] = [queryMessage(lookup, 7), queryMessage(lookup, 7, 'tcp')]
  expect(tcp.readUInt16BE(0)).toBe(udp.length)
  expect(tcp.subarray(2)).toEqual(udp)
  // Behind the header of 12 bytes and `1 a 4 test 0`. Source: RFC 9460 section 14.1.
  expect(udp.readUInt16BE(12 + 8)).toBe(65)
})
