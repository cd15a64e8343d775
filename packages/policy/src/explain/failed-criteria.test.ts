import { admitAll } from '@margay/testkit'
import { expect, test } from 'vitest'
import { allow, networkSet, policy } from '../reference/cases/objects.testkit.ts'
import { inhabitants, readFlow, readPacket } from '../reference/cases/verdicts.testkit.ts'
import { buildPolicyState } from '../state/build-state.ts'
import { failedCriteria } from './failed-criteria.ts'

/** The messages of a rule's failed criteria, for a packet to `shop/db`. */
function messagesOf(rule: object, packet: string): string[] {
  const given = policy('p', { selector: "app == 'db'", ingress: [{ ...allow, ...rule }] })
  const { state } = buildPolicyState(
    admitAll([...inhabitants, given, networkSet('shop', { a: 'b' }, '203.0.113.0/24')]),
  )
  const lowered = state.tiers.flatMap(({ policies }) => policies).flatMap(({ ingress }) => ingress)
  const flow = readFlow(state, readPacket(packet))
  return lowered.flatMap((it) => failedCriteria(it, flow)).map(({ field, message }) => `${field}: ${message}`)
}

const fromWeb = 'shop/web > shop/db TCP 80'

test.each([
  [{}, fromWeb, []],
  [{ protocol: 'UDP' }, fromWeb, ['protocol: protocol TCP is not UDP']],
  [{ notProtocol: 'TCP' }, fromWeb, ['notProtocol: protocol TCP is excluded']],
  [{ ipVersion: 6 }, fromWeb, ['ipVersion: IPv4 is not IPv6']],
  [
    { protocol: 'ICMP', icmp: { type: 8 } },
    'shop/web > shop/db ICMP 13/0',
    ['icmp: ICMP 13/0 is not ICMP 8'],
  ],
  [
    { source: { selector: "app == 'x'" } },
    fromWeb,
    ['source.selector: source shop/web is not app == "x" in namespace shop'],
  ],
  [
    { source: { namespaceSelector: "team == 'money'", selector: 'all()' } },
    fromWeb,
    ['source.selector: source shop/web is not pcns.team == "money" && all()'],
  ],
  [
    { source: { notSelector: "app == 'web'" } },
    fromWeb,
    ['source.selector: source shop/web is not !app == "web" in namespace shop'],
  ],
  [
    { source: { nets: ['10.1.0.0/16', '10.2.0.0/16'] } },
    fromWeb,
    ['source.nets: source shop/web is not in 10.1.0.0/16, 10.2.0.0/16'],
  ],
  [
    { source: { notNets: ['203.0.113.0/24'] } },
    '203.0.113.7 > shop/db TCP 80',
    ['source.notNets: source 203.0.113.7 is in 203.0.113.0/24, which is excluded'],
  ],
  [
    { protocol: 'TCP', destination: { ports: [1, 2, 3, '5:7', 9, 11] } },
    fromWeb,
    ['destination.ports: destination port 80 is not 1:3, 5:7, 9, 11'],
  ],
  [
    { protocol: 'TCP', destination: { notPorts: [80] } },
    fromWeb,
    ['destination.notPorts: destination port 80 is 80, which is excluded'],
  ],
  [
    { http: { methods: ['GET'], paths: [{ prefix: '/a' }, { exact: '/b' }] } },
    `${fromWeb} POST /c`,
    ['http: POST /c is not GET /a/*, /b'],
  ],
  [{ http: { paths: [{ exact: '/a%20b' }] } }, `${fromWeb} GET /a%20b`, []],
  [
    { http: { paths: [{ exact: '/a%20b' }] } },
    `${fromWeb} GET /%00`,
    ['http: GET a path that can not be normalised is not any method /a%20b'],
  ],
  [
    { http: { methods: ['GET'], headers: [{ header: 'x-team', operator: 'Exists' }] } },
    `${fromWeb} NotHttp`,
    ['http: what is sent is no HTTP request'],
  ],
  [
    {
      http: {
        methods: ['GET'],
        headers: [
          { header: 'X-Team', operator: 'In', values: ['a', 'b'] },
          { header: 'x-other', operator: 'In', values: ['a'] },
          { header: 'x-id', operator: 'Exists' },
          { header: 'x-debug', operator: 'DoesNotExist' },
          { header: 'x-old', operator: 'NotIn', values: ['1'] },
          { header: 'x-fine', operator: 'NotIn', values: ['1'] },
        ],
      },
    },
    `${fromWeb} PUT / x-other:secret x-debug: x-old:1`,
    [
      'http: PUT / is not GET',
      'http.headers: header x-team is absent, and so not a, b',
      'http.headers: header x-other is not a',
      'http.headers: header x-id is absent',
      'http.headers: header x-debug is there, which is excluded',
      'http.headers: header x-old has a value of 1, which is excluded',
    ],
  ],
  [
    { protocol: 'UDP', source: { selector: "app == 'x'" } },
    fromWeb,
    [
      'protocol: protocol TCP is not UDP',
      'source.selector: source shop/web is not app == "x" in namespace shop',
    ],
  ],
])('%j', (rule, packet, messages) => {
  expect(messagesOf(rule, packet)).toEqual(messages)
})
