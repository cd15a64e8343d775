import { describe, expect, test } from 'vitest'
import { adminPolicy, admitted, baselinePolicy, issuePaths } from '../examples.testkit.ts'

const pods = { podSelector: {}, namespaceSelector: { matchLabels: { a: 'b' } } }
const from = [{ namespaces: {} }]
const inRule = 'spec.ingress[0]'
const outRule = 'spec.egress[0]'

/** A port, and the path within it that is wrong with it. */
const wrongPorts = [
  [{}, ''],
  [{ portNumber: { port: 0 } }, '.portNumber.port'],
  [{ portNumber: { port: 65536 } }, '.portNumber.port'],
  [{ portNumber: { port: '80' } }, '.portNumber.port'],
  [{ portNumber: { protocol: 'TCP' } }, '.portNumber.port'],
  [{ portNumber: { port: 1, protocol: 'ICMP' } }, '.portNumber.protocol'],
  [{ portNumber: { port: 1 }, namedPort: 'http' }, ''],
  [{ namedPort: '' }, '.namedPort'],
  [{ portRange: { start: 1 } }, '.portRange.end'],
  [{ portRange: { end: 1 } }, '.portRange.start'],
  [{ portRange: { start: 0, end: 1 } }, '.portRange.start'],
  [{ portRange: { start: 1, end: 65536 } }, '.portRange.end'],
  [{ portRange: { start: 2, end: 2 } }, '.portRange'],
  [{ portRange: { start: 1, end: 2, protocol: 'tcp' } }, '.portRange.protocol'],
  [{ port: 80 }, '.port'],
] as const

describe.each([
  ['AdminNetworkPolicy', adminPolicy],
  ['BaselineAdminNetworkPolicy', baselinePolicy],
] as const)('%s', (_, policy) => {
  const ingress = (rule: object) => policy({ ingress: [{ action: 'Allow', from, ...rule }] })
  const egress = (rule: object) => policy({ egress: [{ action: 'Allow', to: [{ pods }], ...rule }] })

  test.each([
    policy({}),
    policy({ subject: { pods } }),
    policy({ subject: { pods: { podSelector: {} } } }),
    policy({ subject: { pods: { namespaceSelector: {} } } }),
    policy({ ingress: [], egress: [] }),
    policy({ ingress: Array(100).fill({ action: 'Deny', from }) }),
    ingress({ name: 'x'.repeat(100), from: Array(100).fill({ pods }) }),
    ingress({ ports: [{ namedPort: 'http' }, { portNumber: { protocol: 'SCTP', port: 65535 } }] }),
    egress({ ports: [{ portRange: { protocol: 'UDP', start: 1, end: 2 } }] }),
    egress({
      to: [{ networks: ['10.0.0.0/8', '::/0'] }, { nodes: {} }],
      ports: [{ portNumber: { port: 1 } }],
    }),
    egress({ action: 'Deny', ports: [{ namedPort: 'http' }] }),
  ])('%j is accepted', (input) => expect(issuePaths(input)).toEqual([]))

  test.each([
    [policy({ subject: undefined }), 'spec.subject'],
    [policy({ subject: {} }), 'spec.subject'],
    [policy({ subject: { namespaces: {}, pods } }), 'spec.subject'],
    [policy({ subject: { pods: {} } }), 'spec.subject.pods'],
    [ingress({ from: [{ pods: {} }] }), `${inRule}.from[0].pods`],
    [
      policy({ subject: { namespaces: { matchLabels: { a: '!' } } } }),
      'spec.subject.namespaces.matchLabels.a',
    ],
    [policy({ ingress: Array(101).fill({ action: 'Deny', from }) }), 'spec.ingress'],
    [policy({ egress: Array(101).fill({ action: 'Deny', to: from }) }), 'spec.egress'],
    [policy({ tier: 'Admin' }), 'spec.tier'],
    [ingress({ action: 'Accept' }), `${inRule}.action`],
    [ingress({ action: undefined }), `${inRule}.action`],
    [ingress({ name: 'x'.repeat(101) }), `${inRule}.name`],
    [ingress({ from: [] }), `${inRule}.from`],
    [ingress({ from: undefined }), `${inRule}.from`],
    [ingress({ from: Array(101).fill({ pods }) }), `${inRule}.from`],
    [ingress({ from: [{}] }), `${inRule}.from[0]`],
    [ingress({ from: [{ namespaces: {}, pods }] }), `${inRule}.from[0]`],
    [
      ingress({ from: [{ namespaces: { matchLabels: { 'a b': '' } } }] }),
      `${inRule}.from[0].namespaces.matchLabels[a b]`,
    ],
    [ingress({ from: [{ namespaces: {}, networks: ['10.0.0.0/8'] }] }), `${inRule}.from[0].networks`],
    [ingress({ ports: [] }), `${inRule}.ports`],
    [ingress({ ports: Array(101).fill({ namedPort: 'a' }) }), `${inRule}.ports`],
    [egress({ to: [] }), `${outRule}.to`],
    [egress({ to: undefined }), `${outRule}.to`],
    [egress({ to: Array(101).fill({ pods }) }), `${outRule}.to`],
    [egress({ to: [{}] }), `${outRule}.to[0]`],
    [egress({ ports: [] }), `${outRule}.ports`],
    [egress({ to: [{ networks: [] }] }), `${outRule}.to[0].networks`],
    [
      egress({ to: [{ networks: Array.from({ length: 26 }, (_, i) => `10.0.${i}.0/24`) }] }),
      `${outRule}.to[0].networks`,
    ],
    [egress({ to: [{ networks: ['10.0.0.0/8', '10.0.0.0/8'] }] }), `${outRule}.to[0].networks[1]`],
    [egress({ to: [{ networks: ['10.0.0.1'] }] }), `${outRule}.to[0].networks[0]`],
    [egress({ to: [{ networks: ['::ffff:10.0.0.0/104'] }] }), `${outRule}.to[0].networks[0]`],
    [
      egress({ to: [{ nodes: { matchExpressions: [{ key: 'a', operator: 'In' }] } }] }),
      `${outRule}.to[0].nodes.matchExpressions[0].values`,
    ],
    [
      egress({ to: [{ networks: ['10.0.0.0/8'] }], ports: [{ namedPort: 'http' }] }),
      `${outRule}.to[0].networks`,
    ],
    [egress({ to: [{ pods }, { nodes: {} }], ports: [{ namedPort: 'http' }] }), `${outRule}.to[1].nodes`],
  ])('%j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))

  test.each(wrongPorts)('the port %j is refused', (port, path) => {
    // An unknown field leaves its port without any, which is an issue of its own.
    expect(issuePaths(ingress({ ports: [port] })).at(-1)).toBe(`${inRule}.ports[0]${path}`)
    expect(issuePaths(egress({ ports: [port] })).at(-1)).toBe(`${outRule}.ports[0]${path}`)
  })

  test('a port is of TCP where nobody says it', () => {
    const ports = [{ portNumber: { port: 80 } }, { portRange: { start: 1, end: 2 } }]
    expect(admitted(ingress({ ports }))).toMatchObject({
      spec: {
        ingress: [{ ports: [{ portNumber: { protocol: 'TCP' } }, { portRange: { protocol: 'TCP' } }] }],
      },
    })
  })
})

const adminEgress = (rule: object) => adminPolicy({ egress: [{ action: 'Allow', to: from, ...rule }] })
const domainPeer = [{ domainNames: ['*.example.com', 'example.com.'] }]

test.each([
  adminPolicy({ priority: 0 }),
  adminPolicy({ priority: 1000 }),
  adminPolicy({ ingress: [{ action: 'Pass', from }] }),
  adminEgress({ action: 'Pass' }),
  adminEgress({ to: domainPeer }),
])('an admin policy %j is accepted', (input) => expect(issuePaths(input)).toEqual([]))

test.each([
  [adminPolicy({ priority: undefined }), 'spec.priority'],
  [adminPolicy({ priority: -1 }), 'spec.priority'],
  [adminPolicy({ priority: 1001 }), 'spec.priority'],
  [adminPolicy({ priority: 1.5 }), 'spec.priority'],
  [adminEgress({ to: [{ domainNames: [] }] }), `${outRule}.to[0].domainNames`],
  [adminEgress({ to: [{ domainNames: ['a..b'] }] }), `${outRule}.to[0].domainNames[0]`],
  [adminEgress({ to: [{ domainNames: ['a.*.example'] }] }), `${outRule}.to[0].domainNames[0]`],
  [adminEgress({ action: 'Deny', to: domainPeer }), `${outRule}.to[0].domainNames`],
  [adminEgress({ action: 'Pass', to: domainPeer }), `${outRule}.to[0].domainNames`],
  [adminEgress({ to: domainPeer, ports: [{ namedPort: 'http' }] }), `${outRule}.to[0].domainNames`],
])('an admin policy %j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))

test.each([
  [baselinePolicy({}, 'other'), 'metadata.name'],
  [baselinePolicy({ priority: 1 }), 'spec.priority'],
  [baselinePolicy({ ingress: [{ action: 'Pass', from }] }), `${inRule}.action`],
  [baselinePolicy({ egress: [{ action: 'Pass', to: from }] }), `${outRule}.action`],
  [
    baselinePolicy({ egress: [{ action: 'Allow', to: [{ namespaces: {}, domainNames: ['a.example'] }] }] }),
    `${outRule}.to[0].domainNames`,
  ],
])('a baseline policy %j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))
