import { describe, expect, test } from 'vitest'
import { type Refusal, RefusedCheckError } from '../../codec/refused-check-error.ts'
import { type RequestLine, readRequest } from './read-request.ts'

const plain = { pathPrefix: '', isForwardAuth: false }
const line = (...rawHeaders: string[]): RequestLine => ({ method: 'GET', target: '/a?b', rawHeaders })
const tcp = (address: string, port: number) => ({ protocol: 'TCP', address, port })

describe('the request that arrives', () => {
  test('is the one in question; who asks whom is told by the proxy, and is none of its headers', () => {
    const check = readRequest(
      line(
        'Host',
        'pay.shop',
        'X-Margay-Source',
        '10.0.0.1:5',
        'x-margay-destination',
        '[fd00::9]:80',
        'x-margay-principal',
        'spiffe://t/ns/a/sa/b',
      ),
      plain,
    )
    expect(check.source).toEqual({ socket: tcp('10.0.0.1', 5), principal: 'spiffe://t/ns/a/sa/b' })
    expect(check.destination).toEqual({ socket: tcp('fd00::9', 80), principal: '' })
    expect(check.http).toEqual({
      method: 'GET',
      path: '/a?b',
      host: 'pay.shop',
      headers: new Map([['host', 'pay.shop']]),
    })
  })

  test('a destination by its name is what the context extension says', () => {
    const check = readRequest(line('x-margay-destination', 'service/shop/pay'), plain)
    expect(check.contextExtensions).toEqual(new Map([['margay.destination', 'service/shop/pay']]))
    expect(check.destination.socket).toBeUndefined()
  })

  test('nobody is told', () => {
    const nobody = { socket: undefined, principal: '' }
    expect(readRequest(line(), plain)).toMatchObject({ source: nobody, destination: nobody })
  })

  test('fields of one name are joined, whatever their case', () => {
    const { http } = readRequest(line('X-Role', 'user', 'x-role', 'admin'), plain)
    expect(http?.headers.get('x-role')).toBe('user,admin')
  })

  test.each([
    ['/authz/a', '/a'],
    ['/authz//a', '//a'],
    ['/authz', '/'],
    ['/authz?a', '/?a'],
  ])('behind the prefix, %s is %s', (target, path) => {
    expect(readRequest({ ...line(), target }, { ...plain, pathPrefix: '/authz' }).http?.path).toBe(path)
  })
})

describe('as nginx and Traefik ask', () => {
  const forwardAuth = { pathPrefix: '', isForwardAuth: true }
  const told = ['X-Forwarded-Method', 'PUT', 'X-Forwarded-Uri', '/x?y', 'X-Forwarded-Host', 'pay.shop']

  test('the request in question is in the headers', () => {
    const { http } = readRequest(line('Host', 'authz', ...told, 'a', 'b'), forwardAuth)
    expect(http).toEqual({ method: 'PUT', path: '/x?y', host: 'pay.shop', headers: new Map([['a', 'b']]) })
  })

  test('only where it was said so', () => {
    const { http } = readRequest(line('Host', 'authz', ...told), plain)
    expect([http?.method, http?.path, http?.host]).toEqual(['GET', '/a?b', 'authz'])
    expect(http?.headers.get('x-forwarded-method')).toBe('PUT')
  })

  test.each([
    ['MissingAttribute', told.slice(2)],
    ['MissingAttribute', told.slice(0, 2)],
    ['DoubledAttribute', [...told, 'x-forwarded-uri', '/']],
    ['DoubledAttribute', [...told, 'X-FORWARDED-METHOD', 'GET']],
  ] as const)('%s', (refusal, headers) => {
    expect(() => readRequest(line(...headers), forwardAuth)).toThrow(new RefusedCheckError(refusal))
  })
})

describe('refused', () => {
  const source = ['x-margay-source', '10.0.0.1:5']
  const many = Array.from({ length: 257 }, (_, index) => [`h${index}`, 'v']).flat()
  test.each<[Refusal, RequestLine]>([
    ['DoubledAttribute', line(...source, 'X-Margay-Source', '10.0.0.2:5')],
    ['DoubledAttribute', line('x-margay-principal', '', 'x-margay-principal', 'spiffe://t/ns/a/sa/b')],
    ['TooManyHeaders', line(...many)],
    ['PathTooLong', { ...line(), target: `/${'é'.repeat(8192)}` }],
    ['BadAddress', line('x-margay-source', '10.0.0.1')],
    ['BadAddress', line('x-margay-source', '10.0.0.1:65536')],
    ['BadAddress', line('x-margay-source', 'fd00::1:80')],
    ['BadAddress', line('x-margay-source', '[10.0.0.1]:80')],
    ['BadAddress', line('x-margay-source', '10.0.0.1:5,10.0.0.2:5')],
    ['BadAddress', line('x-margay-source', '')],
    ['BadAddress', line('x-margay-destination', 'pay:80')],
  ])('%s', (refusal, request) => {
    expect(() => readRequest(request, plain)).toThrow(new RefusedCheckError(refusal))
  })

  test.each(['/authzed', '/', '/a/authz/b', 'http://h/authz/a', '*'])(
    'outside of the prefix: %s',
    (target) => {
      const read = () => readRequest({ ...line(), target }, { ...plain, pathPrefix: '/authz' })
      expect(read).toThrow(new RefusedCheckError('OutsidePrefix'))
    },
  )
})
