import { expect, test } from 'vitest'
import { parseExtendedError } from './icmp-error.ts'
import { encodeSockaddr } from './sockaddr.ts'

const extendedError = (origin: number, type: number, code: number) =>
  Buffer.from([111, 0, 0, 0, origin, type, code, 0, 0, 0, 0, 0, 0, 0, 0, 0])

test('the host that sent an ICMP error is named', () => {
  const bytes = Buffer.concat([extendedError(2, 3, 13), encodeSockaddr('198.18.0.1', 0)])
  expect(parseExtendedError(bytes)).toEqual({ type: 3, code: 13, offender: '198.18.0.1' })
})

test('ICMPv6 too', () => {
  const bytes = Buffer.concat([extendedError(3, 1, 4), encodeSockaddr('fd00::1', 0)])
  expect(parseExtendedError(bytes)).toEqual({ type: 1, code: 4, offender: 'fd00:0:0:0:0:0:0:1' })
})

test('an error of the own host is not an ICMP error', () => {
  const localOrigin = 1
  expect(
    parseExtendedError(Buffer.concat([extendedError(localOrigin, 0, 0), encodeSockaddr('10.0.0.1', 0)])),
  ).toBeUndefined()
})
