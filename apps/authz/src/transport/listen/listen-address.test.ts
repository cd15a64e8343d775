import { describe, expect, test } from 'vitest'
import { formatListenAddress, isLoopback, parseListenAddress } from './listen-address.ts'
import { ListenError } from './listen-error.ts'

test.each(['unix:/run/margay/authz.sock', '127.0.0.1:9191', '0.0.0.0:0', '[::1]:65535'])(
  '%s is read and written',
  (text) => {
    expect(formatListenAddress(parseListenAddress(text))).toBe(text)
  },
)

test('localhost is the loopback address', () => {
  expect(parseListenAddress('localhost:80')).toEqual({ kind: 'Tcp', host: '127.0.0.1', port: 80 })
})

test.each([
  '',
  ':80',
  '80',
  'unix:',
  'unix:authz.sock',
  'unix:/run/',
  'unix:/a\0b',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:8o',
  '::1:80',
  '[127.0.0.1]:80',
  'authz.shop:80',
  '*:80',
])('%j is refused with what is allowed', (text) => {
  expect(() => parseListenAddress(text)).toThrow(/allowed are unix:\/PATH, IPV4:PORT/)
})

test('a path for which the kernel has no room is refused', () => {
  expect(() => parseListenAddress(`unix:/${'a'.repeat(107)}`)).toThrow(ListenError)
  expect(() => parseListenAddress(`unix:/${'a'.repeat(97)}/b`)).toThrow(
    /at most 107 bytes, 96 of them for its directory/,
  )
  expect(parseListenAddress(`unix:/${'a'.repeat(106)}`).kind).toBe('Unix')
})

describe('loopback', () => {
  test.each(['127.0.0.1', '127.255.0.1', '::1'])('%s', (host) => expect(isLoopback(host)).toBe(true))
  test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'fe80::1'])('not %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  )
})
