/** The flags of `margay authz`, and what is said of those that can't be. */
import { expect, test } from 'vitest'
import { margay } from '../testing/fake-io.ts'
import { type AuthzFlags, readAuthzOptions } from './read-options.ts'

const flags: AuthzFlags = {
  listen: 'unix:/run/margay/authz.sock',
  identityFrom: 'principal',
  judge: 'ingress',
  tcpChecks: 'not-http',
  denyStatus: '403',
  denyBody: 'none',
  logDecisions: 'denied',
}

test('without any, for all pods, at a Unix socket', () => {
  const { judge, grpc, http, metrics, decisions } = readAuthzOptions(flags)
  expect([grpc, http, metrics, decisions]).toEqual([
    { address: { kind: 'Unix', path: '/run/margay/authz.sock' } },
    undefined,
    undefined,
    'denied',
  ])
  expect(judge).toEqual({
    source: {
      identityFrom: { kind: 'Principal' },
      trustDomains: new Set(['cluster.local']),
      requiresIdentity: false,
    },
    destination: { node: undefined, workload: undefined, fromHost: false },
    judges: 'Ingress',
    tcpChecks: 'not-http',
    answers: { denyStatus: 403, denyBody: 'none', allowHeaders: false },
  })
})

test('a Unix socket may have another mode, and nothing else has one', () => {
  const { grpc, http } = readAuthzOptions({ ...flags, socketMode: '0666', httpListen: '127.0.0.1:0' })
  expect(grpc).toEqual({ address: { kind: 'Unix', path: '/run/margay/authz.sock' }, socketMode: 0o666 })
  expect(http).not.toHaveProperty('socketMode')
  expect(() => readAuthzOptions({ ...flags, socketMode: 'rw' })).toThrow('three octal digits, such as 0660')
  expect(() => readAuthzOptions({ ...flags, listen: '127.0.0.1:0', socketMode: '660' })).toThrow(
    'it is for Unix sockets',
  )
})

test('certificates are for what is TCP', () => {
  const read = readAuthzOptions({
    ...flags,
    httpListen: '0.0.0.0:9192',
    httpPathPrefix: '/check',
    tlsCert: 'c',
    tlsKey: 'k',
    identityFrom: 'envoy.filters.http.jwt_authn/peer',
    metricsAddress: '[::1]:0',
  })
  const tls = { cert: 'c', key: 'k', clientCa: undefined }
  expect(read.grpc).toEqual({ address: { kind: 'Unix', path: '/run/margay/authz.sock' } })
  expect(read.http).toEqual({
    address: { kind: 'Tcp', host: '0.0.0.0', port: 9192 },
    tls,
    pathPrefix: '/check',
    isForwardAuth: false,
  })
  expect(read.judge.source.identityFrom).toEqual({
    kind: 'Metadata',
    namespace: 'envoy.filters.http.jwt_authn',
    key: 'peer',
  })
  expect(read.metrics).toMatchObject({ host: '::1', port: 0 })
})

test.each<[Partial<AuthzFlags>, string]>([
  [{ listen: 'here' }, "--listen: 'here' is no address to listen on"],
  [{ listen: 'none' }, '--listen: none leaves nothing to answer at'],
  [{ tlsCert: 'c', tlsKey: 'k' }, '--tls-cert: it is for TCP'],
  [{ tlsCert: 'c' }, '--tls-cert and --tls-key: give both'],
  [{ httpListen: '127.0.0.1:1', httpPathPrefix: 'x/' }, '--http-path-prefix: it begins with a slash'],
  [{ metricsAddress: 'unix:/x' }, '--metrics-address: it must be IP:PORT'],
  [
    { identityFrom: 'jwt' },
    '--identity-from: allowed are principal, x-forwarded-client-cert, and NAMESPACE/KEY',
  ],
  [{ trustDomain: ['a.example', 'spiffe://b'] }, '--trust-domain: it may hold a-z'],
  [{ workload: 'api' }, '--workload: it is NAMESPACE/POD'],
  [{ denyStatus: '200' }, '--deny-status: it must be from 400 to 599'],
])('%j is refused, and said what is allowed', (some, want) => {
  expect(() => readAuthzOptions({ ...flags, ...some })).toThrow(want)
})

test('lines of help fit, and errors have one line', async () => {
  const { out } = await margay(['authz', '--help'])
  expect(out.split('\n').filter((line) => line.length > 130)).toEqual([])
  expect(await margay(['authz', '--deny-status', '1'])).toEqual({
    exitCode: 2,
    out: '',
    err: expect.stringMatching(/^[^\n]*--deny-status: it must be from 400 to 599; not 1\n$/),
  })
})
