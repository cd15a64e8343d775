/** Random checks between the members of a cast: by all ways in which a proxy says who asks whom for what. */
import type { ResourceObject } from '@margay/resources'
import { type Cast, smallCast } from '@margay/testkit'
import fc from 'fast-check'
import type { Said } from './judge.testkit.ts'

export const trusted = 'cluster.local'

export type Identity =
  | {
      readonly kind: 'Workload'
      readonly trustDomain: string
      readonly namespace: string
      readonly account: string
    }
  | { readonly kind: 'None' }

export interface Asked {
  readonly said: Said
  /** Undefined: nobody says who it is. */
  readonly identity: Identity | undefined
}

const accounts = ['default', 'robot']
const servicePorts = [
  { name: 'web', port: 80, protocol: 'TCP' },
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'admin', port: 9000, protocol: 'TCP' },
]

export const services = ['red', 'blue'].map((namespace, i) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name: 'shop' },
  spec: {
    clusterIP: `10.96.0.${i + 1}`,
    clusterIPs: [`10.96.0.${i + 1}`, `fd96::${i + 1}`],
    ports: servicePorts,
  },
})) satisfies ResourceObject[]

const serviceAddresses = services.flatMap(({ spec }) => spec.clusterIPs)

function addressesIn({ seats, strangers, nodes }: Cast) {
  const of = (all: readonly { readonly addresses: readonly string[] }[]) => all.flatMap((it) => it.addresses)
  return { pods: of(seats), outside: of([...strangers, ...nodes]) }
}

const known = addressesIn(smallCast)

/** A listener of both IP versions tells IPv4 so. */
function mapped(address: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(address, fc.integer({ min: 0, max: 4 }))
    .map(([it, n]) => (n === 0 && !it.includes(':') ? `::ffff:${it}` : it))
}

const from = fc.oneof(
  { weight: 6, arbitrary: mapped(fc.constantFrom(...known.pods)) },
  { weight: 2, arbitrary: mapped(fc.constantFrom(...known.outside)) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, '', 'localhost', '10.0.0', '::ffff:', '@/pipe') },
)

const to = fc.oneof(
  { weight: 8, arbitrary: mapped(fc.constantFrom(...known.pods)) },
  { weight: 3, arbitrary: mapped(fc.constantFrom(...serviceAddresses)) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, '192.0.2.1', ...known.outside, 'x') },
)

const workload = fc.record({
  kind: fc.constant('Workload' as const),
  trustDomain: fc.constantFrom(trusted, trusted, trusted, trusted, 'other.example'),
  namespace: fc.constantFrom('red', 'blue', 'green', 'nowhere'),
  account: fc.constantFrom(...accounts, 'nobody'),
})

const identity: fc.Arbitrary<(Asked['identity'] & { readonly text?: string }) | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 6, arbitrary: workload },
  { weight: 1, arbitrary: fc.constant({ kind: 'None' as const }) },
)

const oddities = [
  '',
  '?q=/api',
  '#x',
  '/',
  '//',
  '/..',
  '/.',
  ';v=1',
  '%2e%2e',
  '%00',
  '%',
  '\\..',
  '%252e',
  '/../admin',
]
const paths = ['/', '/api', '/api/users', '/apis', '/admin', '/API', 'api', '*', '']

const http = fc.record({
  method: fc.constantFrom('GET', 'POST', 'get', 'OPTIONS'),
  path: fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...oddities)).map((parts) => parts.join('')),
  host: fc.constantFrom('shop.red.svc', 'shop', ''),
  headers: fc
    .dictionary(fc.constantFrom('x-a', 'accept', ':path', 'host'), fc.constantFrom('a', 'b', 'a,b', ''))
    .map((it) => new Map(Object.entries(it))),
})

const port = fc.constantFrom(80, 81, 443, 8080, 53, 9000, 0, 65_535)

const malformed = [
  'spiffe://',
  'spiffe://cluster.local/ns/red/sa',
  'cluster.local/ns/red/sa/app',
  'CN=web',
  'x'.repeat(3000),
]

const asked: fc.Arbitrary<Asked> = fc
  .record({
    from,
    to,
    identity,
    port,
    http: fc.option(http, { nil: undefined, freq: 5 }),
    protocol: fc.constantFrom('TCP' as const, 'TCP' as const, 'TCP' as const, 'UDP' as const),
    fromPort: fc.constantFrom(40_000, 80, 1),
    bad: fc.constantFrom(...malformed),
  })
  .map(({ from, to, identity, bad, ...rest }) => ({
    said: {
      ...rest,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(identity === undefined ? {} : { principal: principalOf(identity, bad) }),
    },
    identity,
  }))

function principalOf(identity: Identity, bad: string): string {
  if (identity.kind === 'None') return bad
  const { trustDomain, namespace, account } = identity
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`
}

/** Behind both services, in one slice or two of each IP version. */
const slices = fc
  .array(
    fc.record({
      namespace: fc.constantFrom('red', 'blue'),
      family: fc.constantFrom(4, 4, 6),
      addresses: fc.uniqueArray(fc.constantFrom(...known.pods, ...known.pods, ...known.outside), {
        minLength: 1,
        maxLength: 3,
      }),
      ports: fc.subarray(servicePorts, { minLength: 1 }),
      target: fc.constantFrom(80, 8080, 53),
    }),
    { maxLength: 4 },
  )
  .map((all) =>
    all.map(
      ({ namespace, family, addresses, ports, target }, i): ResourceObject => ({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { namespace, name: `s${i}`, labels: { 'kubernetes.io/service-name': 'shop' } },
        addressType: `IPv${family}`,
        endpoints: addresses
          .filter((it) => it.includes(':') === (family === 6))
          .map((address) => ({ addresses: [address] })),
        ports: ports.map(({ name, protocol }) => ({ name, protocol, port: target })),
      }),
    ),
  )

export const checks = { asked, slices }
