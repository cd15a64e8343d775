import { expect, test } from 'vitest'
import { readRequest } from '../../http/read-request.ts'
import { calicoRule } from './new-rule.ts'

const flow = {
  source: { endpoint: undefined, address: undefined },
  destination: { endpoint: undefined, address: undefined },
  ipVersion: 4,
  protocol: 6,
  sourcePort: undefined,
  destinationPort: 80,
  icmp: undefined,
} as const
const far = { kind: 'Address', net: '192.0.2.1/32' } as const
const httpOf = (http: ReturnType<typeof readRequest> | 'NotHttp', action: 'Allow' | 'Deny' = 'Allow') =>
  (calicoRule({ action, direction: 'Ingress', far, flow: { ...flow, http } }, '') as { http?: object }).http

test('a rule for a request is about its method, its path and its headers', () => {
  const headers = [
    ['X-Team', 'a'],
    ['x-long', 'v'.repeat(1025)],
    ['x-odd', 'a\tb'],
  ] as const
  const request = readRequest({ method: 'GET', path: '//a%20b%3F', host: 'Shop.example:80', headers })
  expect(httpOf(request)).toEqual({
    methods: ['GET'],
    paths: [{ exact: '/a%20b%3F' }],
    headers: [
      { header: 'x-team', operator: 'In', values: ['a'] },
      { header: 'host', operator: 'In', values: ['shop.example'] },
    ],
  })
})

test('of a path that can not be normalised there is none; and none of what rules with http can not say', () => {
  expect(httpOf(readRequest({ method: 'GET', path: '*' }))).toEqual({ methods: ['GET'] })
  expect(httpOf('NotHttp')).toBeUndefined()
  expect(httpOf(readRequest({ method: 'GET', path: '/' }), 'Deny')).toBeUndefined()
})
