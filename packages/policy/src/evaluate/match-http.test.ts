/** What rules ask of headers, and of what is no request. Source: spec/dataplane.md 8.2; headers are Margay's own. */
import { expect, test } from 'vitest'
import { readRequest } from '../http/read-request.ts'
import { lowerHttp } from '../lower/lower-http.ts'
import { matchesHttp } from './match-http.ts'

type Fields = readonly (readonly [string, string])[]
const matches = (header: object, ...headers: Fields) =>
  matchesHttp(lowerHttp({ headers: [header as never] }), readRequest({ method: 'GET', path: '/', headers }))
const asks = (operator: string, ...values: string[]) => ({ header: 'X-Team', operator, values })

test.each<[object, Fields]>([
  [asks('In', 'a', 'b'), [['x-team', 'b']]],
  [asks('In', 'a'), [['X-TEAM', '  a\t']]],
  [
    asks('In', 'a,b'),
    [
      ['x-team', 'a'],
      ['x-team', 'b'],
    ],
  ],
  [asks('In', ''), [['x-team', '']]],
  [asks('NotIn', 'a'), []],
  [asks('NotIn', 'a'), [['x-team', 'A']]],
  [asks('NotIn', 'a'), [['x-team', 'ab, ba']]],
  [asks('NotIn', 'a'), [['x-other', 'a']]],
  [asks('Exists'), [['x-team', '']]],
  [asks('DoesNotExist'), [['x-teams', 'a']]],
  [{ header: 'Host', operator: 'In', values: ['Shop.example.'] }, [['host', 'shop.EXAMPLE:80']]],
])('%j holds of %j', (header, headers) => expect(matches(header, ...headers)).toBe(true))

test.each<[object, Fields]>([
  [asks('In', 'a'), []],
  [asks('In', 'a'), [['x-team', 'A']]],
  [
    asks('In', 'a'),
    [
      ['x-team', 'a'],
      ['x-team', 'b'],
    ],
  ],
  [asks('NotIn', 'a', 'b'), [['x-team', 'b']]],
  [
    asks('NotIn', 'a'),
    [
      ['x-team', 'b'],
      ['x-team', 'a'],
    ],
  ],
  [asks('NotIn', 'a'), [['x-team', 'b , a ,c']]],
  [asks('NotIn', 'a,b'), [['x-team', 'a,b']]],
  [asks('Exists'), [['team', 'a']]],
  [asks('DoesNotExist'), [['X-Team', '']]],
  [{ header: 'host', operator: 'NotIn', values: ['admin.example'] }, [['Host', 'ADMIN.example.:8443']]],
])('%j does not hold of %j', (header, headers) => expect(matches(header, ...headers)).toBe(false))

test('all that is asked of headers must hold, and of methods and paths besides', () => {
  const match = lowerHttp({
    methods: ['GET'],
    paths: [{ prefix: '/a' }],
    headers: [
      { header: 'x', operator: 'Exists' },
      { header: 'y', operator: 'In', values: ['1'] },
    ],
  })
  const of = (method: string, path: string, ...headers: Fields) =>
    matchesHttp(match, readRequest({ method, path, headers }))
  expect(of('GET', '/a', ['x', ''], ['y', '1'])).toBe(true)
  expect(of('GET', '/a', ['x', ''])).toBe(false)
  expect(of('GET', '/a', ['y', '1'])).toBe(false)
  expect(of('PUT', '/a', ['x', ''], ['y', '1'])).toBe(false)
  expect(of('GET', '/b', ['x', ''], ['y', '1'])).toBe(false)
})

test('what is no HTTP matches rules that ask for none alone; of an opening connection nothing is known yet', () => {
  const match = lowerHttp({ methods: ['*'] })
  expect(matchesHttp(match, 'NotHttp')).toBe(false)
  expect(matchesHttp(undefined, 'NotHttp')).toBe(true)
  expect(matchesHttp(match, undefined)).toBe(true)
})
