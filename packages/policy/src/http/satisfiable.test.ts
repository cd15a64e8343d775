import { expect, test } from 'vitest'
import { lowerHttp } from '../lower/lower-http.ts'
import { isSatisfiable } from './satisfiable.ts'

const header = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]) => ({
  header: 'X',
  operator,
  values,
})
const isPossible = (http: Parameters<typeof lowerHttp>[0]) => {
  const match = lowerHttp(http)
  return match === undefined || isSatisfiable(match)
}

test.each([
  {},
  { methods: ['GET'], paths: [{ exact: '/%' }, { exact: '/a' }] },
  { headers: [header('Exists'), header('NotIn', 'a')] },
  { headers: [header('DoesNotExist'), header('NotIn', 'a')] },
  { headers: [header('In', 'a', 'b'), header('In', 'b', 'c')] },
  { headers: [header('In', 'a,b'), header('NotIn', 'c')] },
  { headers: [header('In', 'a'), { ...header('DoesNotExist'), header: 'y' }] },
  { headers: [header('In', 'a'), { ...header('NotIn', 'A'), header: 'x' }] },
])('some request is all that is asked by %j', (http) => expect(isPossible(http)).toBe(true))

test.each([
  { paths: [{ exact: '/%' }] },
  { paths: [{ prefix: '/a%00' }, { exact: '/%252e' }], methods: ['GET'] },
  { headers: [header('Exists'), { ...header('DoesNotExist'), header: 'x' }] },
  { headers: [header('In', 'a'), header('DoesNotExist')] },
  { headers: [header('In', 'a'), header('In', 'b')] },
  { headers: [header('In', 'a', 'b'), header('NotIn', 'b', 'a')] },
  { headers: [header('In', 'a, b'), header('NotIn', 'b')] },
  {
    headers: [
      { header: 'Host', operator: 'In' as const, values: ['A.example.'] },
      { header: 'host', operator: 'NotIn' as const, values: ['a.Example'] },
    ],
  },
])('no request is all that is asked by %j', (http) => expect(isPossible(http)).toBe(false))
