import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSockaddr, encodeIp, encodeSockaddr } from './sockaddr.ts'

test('every socket address survives encoding and decoding', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 65535 }), (ip, port) => {
      const decoded = decodeSockaddr(encodeSockaddr(ip, port))
      expect(decoded?.port).toBe(port)
      expect(encodeIp(decoded?.ip ?? '')).toEqual(encodeIp(ip))
    }),
  )
})
