import { expect, test } from 'vitest'
import { lowerHttp } from '../lower/lower-http.ts'
import { httpMatchKey } from './match-key.ts'

const keyOf = (http: object) => httpMatchKey(lowerHttp(http) ?? expect.fail('it asks nothing'))
const team = { header: 'X-Team', operator: 'In', values: ['a', 'b'] }

test('order, case of names and spelling of paths do not matter', () => {
  const one = { methods: ['GET', 'PUT'], paths: [{ exact: '/a' }, { prefix: '/b' }], headers: [team] }
  const other = {
    methods: ['PUT', 'GET'],
    paths: [{ prefix: '//b/' }, { exact: '/%61' }],
    headers: [{ ...team, header: 'x-team', values: ['b', 'a'] }],
  }
  expect(keyOf(one)).toBe(keyOf(other))
})

test.each([
  [{ methods: ['GET'] }, { methods: ['get'] }],
  [{ paths: [{ exact: '/a' }] }, { paths: [{ prefix: '/a' }] }],
  [{ headers: [team] }, { headers: [{ ...team, operator: 'NotIn' }] }],
  [{ headers: [team] }, { headers: [{ ...team, values: ['a'] }] }],
  [{ headers: [team] }, { headers: [{ ...team, header: 'x' }] }],
  [{ methods: ['GET'] }, { methods: ['GET'], headers: [team] }],
  [{ methods: ['*'], paths: [{ exact: '/%' }] }, { methods: ['*'] }],
])('%j is not %j', (one, other) => expect(keyOf(one)).not.toBe(keyOf(other)))
