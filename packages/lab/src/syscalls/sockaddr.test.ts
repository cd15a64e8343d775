import { describe, expect, test } from 'vitest'
import { decodeIp, decodeSockaddr, encodeIp, encodeSockaddr, familyOf, ipKey } from './sockaddr.ts'

describe('addresses as bytes', () => {
  test.each([
    ['10.0.0.255', '0a0000ff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['FD00:0:1::AB', 'fd0000000001000000000000000000ab'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ])('%s', (text, hex) => {
    expect(encodeIp(text).toString('hex')).toBe(hex)
    expect(ipKey(decodeIp(encodeIp(text)))).toBe(hex)
  })

  test.each(['', '10.0.0', '010.0.0.1', '10.0.0.1/32', 'fe80::1%eth0', ':::', 'host'])(
    '%s is none',
    (text) => {
      expect(familyOf(text)).toBeUndefined()
      expect(() => encodeIp(text)).toThrow(RangeError)
    },
  )
})

describe('socket addresses', () => {
  test('IPv4 is 16 bytes: family, port, address', () => {
    expect(encodeSockaddr('192.0.2.1', 8080).toString('hex')).toBe('02001f90c00002010000000000000000')
  })

  test('IPv6 is 28 bytes: family, port, flow information, address, scope', () => {
    const bytes = encodeSockaddr('2001:db8::1', 53).toString('hex')
    expect(bytes).toBe(`0a000035${'00000000'}20010db8000000000000000000000001${'00000000'}`)
  })

  test('decoding gives back address and port', () => {
    expect(decodeSockaddr(encodeSockaddr('192.0.2.1', 65535))).toEqual({ ip: '192.0.2.1', port: 65535 })
    expect(decodeSockaddr(encodeSockaddr('2001:db8::1', 1))).toEqual({ ip: '2001:db8:0:0:0:0:0:1', port: 1 })
    expect(decodeSockaddr(Buffer.alloc(28))).toBeUndefined()
  })
})
