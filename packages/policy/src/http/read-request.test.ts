import { expect, test } from 'vitest'
import { readRequest } from './read-request.ts'

test('names of headers are in lower case, fields of one name one, and pseudo-headers are none', () => {
  const { headers } = readRequest({
    method: 'GET',
    path: '/',
    headers: [
      [':path', '/x'],
      ['X-Team', ' a '],
      ['x-team', 'b'],
      ['X-Empty', ''],
    ],
  })
  expect([...(headers ?? [])]).toEqual([
    ['x-team', 'a,b'],
    ['x-empty', ''],
  ])
})

test.each([
  ['Shop.Example', 'shop.example'],
  ['shop.example.', 'shop.example'],
  ['shop.example:8080', 'shop.example'],
  ['SHOP.example.:80', 'shop.example'],
  ['[fd00::1]:443', '[fd00::1]'],
  ['[fd00::1]', '[fd00::1]'],
  [' a.example , B.example:1 ', 'a.example,b.example'],
  ['', ''],
])('the host %j is %j, whoever says it', (host, expected) => {
  const bare = { method: 'GET', path: '/' }
  expect(readRequest({ ...bare, host }).headers?.get('host')).toBe(expected)
  expect(readRequest({ ...bare, headers: [['HOST', host]] }).headers?.get('host')).toBe(expected)
  const both = readRequest({ ...bare, host, headers: [['Host', 'other']] })
  expect(both.headers?.get('host')).toBe(expected)
})

test('without headers there are none, and the path is normalised', () => {
  expect(readRequest({ method: 'get', path: '/a//b/?x=/../c' })).toEqual({ method: 'get', path: '/a/b' })
  expect(readRequest({ method: 'GET', path: '*' })).toEqual({ method: 'GET', path: undefined })
})
