import { expect, test } from 'vitest'
import { allow, deny } from '../transport.testkit.ts'
import { httpAnswer } from './write-answer.ts'

test('allowed is 200 without a body', () => {
  expect(httpAnswer({ ...allow, headers: [['x-margay-policy', 'p']] })).toEqual({
    status: 200,
    headers: [['x-margay-policy', 'p']],
    body: '',
  })
})

test.each([
  [403, 403],
  [302, 302],
  [499, 499],
  [undefined, 403],
  [200, 403],
  [204, 403],
  [100, 403],
  [500, 403],
  [503, 403],
])('a denial with status %s is %i: never like leave to pass, or a failure', (httpStatus, status) => {
  expect(httpAnswer({ ...deny, httpStatus, body: 'no' })).toEqual({ status, headers: [], body: 'no' })
})

test.each([
  ['content-length', '5'],
  ['Transfer-Encoding', 'chunked'],
  ['a b', 'c'],
  ['', 'c'],
  ['a', 'b\r\nc: d'],
  ['a', '\u20ac'],
])('a header that can not be sent is left out: %j: %j', (name, value) => {
  expect(httpAnswer({ ...allow, headers: [[name, value]] }).headers).toEqual([])
})
