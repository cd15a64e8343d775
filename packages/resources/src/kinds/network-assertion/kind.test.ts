import { expect, test } from 'vitest'
import { admitted, assertion, issuePaths } from '../examples.testkit.ts'
import { formatTraffic } from './format-assertion.ts'
import type { NetworkAssertion } from './schema.ts'

test.each([
  {},
  { require: 'always', mode: 'Enforce', description: 'Payments go on.' },
  { from: { selector: "app == 'web'", namespaceSelector: "projectcalico.org/name == 'shop'" } },
  { from: { namespaceSelector: 'global()' }, to: { nets: ['10.0.0.0/8', 'fd00::/8'] } },
  { from: { nets: ['10.0.0.0/8'] }, to: { nets: ['fd00::/8', '192.0.2.0/24'] } },
  { to: { nets: ['0.0.0.0/0', '::/0'] } },
  { ports: [{ protocol: 'TCP' }, { protocol: 'TCP', port: 443 }, { protocol: 'UDP', port: '8000:8010' }] },
  { ports: [{ protocol: 'ICMP' }, { protocol: 47 }, { protocol: 132, port: '1:65535' }] },
  { to: { hostEndpoints: true } },
  {
    from: { hostEndpoints: true, selector: "role == 'node'", nets: ['10.0.0.0/8'] },
    to: { hostEndpoints: false },
  },
  { http: {} },
  { http: { methods: ['GET', '*'], paths: [{ exact: '/a' }, { prefix: '/b/' }] } },
  { http: { headers: [{ header: 'X-Team', operator: 'In', values: ['a'] }] } },
  { ports: [{ protocol: 'TCP', port: 80 }, { protocol: 6 }], http: { methods: ['GET'] } },
])('an assertion may have %j', (spec) => expect(issuePaths(assertion(spec))).toEqual([]))

test.each([
  [{ require: undefined }, 'spec.require'],
  [{ require: 'Never' }, 'spec.require'],
  [{ mode: 'enforce' }, 'spec.mode'],
  [{ from: undefined }, 'spec.from'],
  [{ to: null }, 'spec.to'],
  [{ description: 'x'.repeat(1025) }, 'spec.description'],
  [{ from: { selector: 'app = 1' } }, 'spec.from.selector'],
  [{ from: { selector: 'global()' } }, 'spec.from.selector'],
  [{ to: { namespaceSelector: 'has(' } }, 'spec.to.namespaceSelector'],
  [{ to: { namespaceSelector: 'global() || all()' } }, 'spec.to.namespaceSelector'],
  [{ to: { selector: 'x'.repeat(1025) } }, 'spec.to.selector'],
  [{ from: { nets: ['10.0.0.1/8'] } }, 'spec.from.nets[0]'],
  [{ from: { nets: ['10.0.0.0/8', '10.0.0.1'] } }, 'spec.from.nets[1]'],
  [{ from: { nets: ['10.0.0.0/8', '10.0.0.0/8'] } }, 'spec.from.nets[1]'],
  [{ from: { nets: [] } }, 'spec.from.nets'],
  [{ from: { nets: ['10.0.0.0/8'] }, to: { nets: ['fd00::/8'] } }, 'spec.to.nets'],
  [{ from: { podSelector: {} } }, 'spec.from.podSelector'],
  [{ to: { hostEndpoints: 'yes' } }, 'spec.to.hostEndpoints'],
  [{ to: { hostEndpoints: true, namespaceSelector: 'all()' } }, 'spec.to.namespaceSelector'],
  [{ from: { hostEndpoints: true }, http: {} }, 'spec.http'],
  [{ ports: [] }, 'spec.ports'],
  [{ ports: [{ port: 80 }] }, 'spec.ports[0].protocol'],
  [{ ports: [{ protocol: 'tcp', port: 80 }] }, 'spec.ports[0].protocol'],
  [{ ports: [{ protocol: 0 }] }, 'spec.ports[0].protocol'],
  [{ ports: [{ protocol: 'ICMP', port: 8 }] }, 'spec.ports[0].port'],
  [{ ports: [{ protocol: 'TCP', port: 'http' }] }, 'spec.ports[0].port'],
  [{ ports: [{ protocol: 'TCP', port: 0 }] }, 'spec.ports[0].port'],
  [{ ports: [{ protocol: 'TCP', port: 65_536 }] }, 'spec.ports[0].port'],
  [{ ports: [{ protocol: 'TCP', port: '90:80' }] }, 'spec.ports[0].port'],
  [
    {
      ports: [
        { protocol: 'TCP', port: 80 },
        { protocol: 6, port: '80:80' },
      ],
    },
    'spec.ports[1]',
  ],
  [{ http: { methods: ['GET', 'GET'] } }, 'spec.http.methods[1]'],
  [{ http: { methods: Array.from({ length: 21 }, (_, i) => `M${i}`) } }, 'spec.http.methods'],
  [{ http: { paths: [{ exact: '/a' }, {}] } }, 'spec.http.paths[1]'],
  [{ http: { paths: [{ exact: '/a', prefix: '/a' }] } }, 'spec.http.paths[0]'],
  [{ http: { paths: [{ exact: 'a' }] } }, 'spec.http.paths[0]'],
  [{ http: { headers: {} } }, 'spec.http.headers'],
  [{ http: { headers: [{ header: ':path', operator: 'Exists' }] } }, 'spec.http.headers[0].header'],
  [{ http: { headers: [{ header: 'x', operator: 'In' }] } }, 'spec.http.headers[0].values'],
  [{ ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }], http: {} }, 'spec.ports[1].protocol'],
])('%j is refused', (spec, path) => expect(issuePaths(assertion(spec))).toEqual([path]))

test('without a mode it is reported, and refuses nothing', () => {
  expect(admitted(assertion({}))).toMatchObject({ spec: { mode: 'Audit' } })
})

test('ports and protocols are spelled as in rules', () => {
  const ports = [
    { protocol: '6', port: '80' },
    { protocol: 'UDP', port: '53:53' },
  ]
  expect(admitted(assertion({ ports }))).toMatchObject({
    spec: {
      ports: [
        { protocol: 6, port: 80 },
        { protocol: 'UDP', port: 53 },
      ],
    },
  })
})

test('a status can say whether it holds', () => {
  const conditions = [
    {
      type: 'Holds',
      status: 'False',
      reason: 'Broken',
      message: 'x',
      lastTransitionTime: '2026-01-02T03:04:05Z',
    },
  ]
  expect(admitted({ ...assertion({}), status: { conditions } })).toMatchObject({ status: { conditions } })
})

test.each([
  [{}, '*'],
  [{ ports: [{ protocol: 'TCP', port: 443 }, { protocol: 'ICMP' }] }, 'TCP/443,ICMP'],
  [{ http: {} }, 'HTTP'],
  [
    {
      http: {
        methods: ['GET'],
        headers: [
          { header: 'X-Team', operator: 'In', values: ['a', 'b'] },
          { header: 'x-old', operator: 'NotIn', values: ['c'] },
          { header: 'x-id', operator: 'Exists' },
          { header: 'x-debug', operator: 'DoesNotExist' },
        ],
      },
    },
    'HTTP GET with x-team in (a,b), x-old not in (c), x-id, no x-debug',
  ],
  [
    { http: { methods: ['GET', 'PUT'], paths: [{ exact: '/a' }, { prefix: '/b/' }] } },
    'HTTP GET,PUT /a,/b/*',
  ],
  [{ ports: [{ protocol: 'TCP', port: 80 }], http: { paths: [{ prefix: '/' }] } }, 'TCP/80 /*'],
])('%j is shown as %s', (spec, text) => {
  const { spec: admittedSpec } = admitted(assertion(spec)) as unknown as NetworkAssertion
  expect(formatTraffic(admittedSpec)).toBe(text)
})
