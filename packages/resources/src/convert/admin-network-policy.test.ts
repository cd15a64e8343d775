import { describe, expect, test } from 'vitest'
import type { AdminNetworkPolicy } from '../kinds/admin-network-policy/schema.ts'
import { admit } from '../kinds/admit.ts'
import type { Node } from '../kinds/node/schema.ts'
import { convertAdminNetworkPolicy } from './admin-network-policy.ts'
import type { ClusterPolicyContext } from './cluster-policy.ts'

type Spec = AdminNetworkPolicy['spec']
type IngressRule = NonNullable<Spec['ingress']>[number]
type EgressRule = NonNullable<Spec['egress']>[number]

const apiVersion = 'policy.networking.k8s.io/v1alpha1'
const adminPolicy = (spec: Partial<Spec>): AdminNetworkPolicy => ({
  apiVersion,
  kind: 'AdminNetworkPolicy',
  metadata: { name: 'guard' },
  spec: { priority: 7, subject: { namespaces: {} }, ...spec },
})
const convert = (spec: Partial<Spec>, context?: ClusterPolicyContext) =>
  convertAdminNetworkPolicy(adminPolicy(spec), context) ?? expect.fail('it was taken as absent')
const ingressOf = (rule: IngressRule) => convert({ ingress: [rule] }).policy.spec?.ingress
const egressOf = (rule: EgressRule, context?: ClusterPolicyContext) =>
  convert({ egress: [rule] }, context).policy.spec?.egress

const pods = 'projectcalico.org/orchestrator == "k8s"'
const everyone = [{ namespaces: {} }]
const everyPod = { selector: pods, namespaceSelector: 'all()' }

test('the whole of a policy', () => {
  const { policy, issues, ingressOrigins, egressOrigins } = convert({
    subject: {
      pods: { podSelector: { matchLabels: { app: 'web' } }, namespaceSelector: { matchLabels: { a: 'b' } } },
    },
    ingress: [{ name: 'no', action: 'Deny', from: everyone, ports: [{ portNumber: { port: 80 } }] }],
  })
  expect(issues).toEqual([])
  expect({ ingressOrigins, egressOrigins }).toEqual({ ingressOrigins: [0], egressOrigins: [] })
  expect(policy).toEqual({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'guard' },
    spec: {
      tier: 'adminnetworkpolicy',
      order: 7,
      selector: `(${pods} && app == "web")`,
      namespaceSelector: 'a == "b"',
      types: ['Ingress'],
      ingress: [
        {
          action: 'Deny',
          protocol: 'TCP',
          source: everyPod,
          destination: { ports: [80] },
          metadata: { annotations: { name: 'no' } },
        },
      ],
      egress: [],
    },
  })
})

test('a baseline policy has a tier of its own and no order', () => {
  const spec = { subject: { namespaces: {} }, egress: [{ action: 'Deny' as const, to: everyone }] }
  const policy = {
    apiVersion,
    kind: 'BaselineAdminNetworkPolicy',
    metadata: { name: 'default' },
    spec,
  } as const
  const converted = convertAdminNetworkPolicy(policy)?.policy.spec
  expect(converted).toMatchObject({ tier: 'baselineadminnetworkpolicy', types: ['Egress'] })
  expect(converted).not.toHaveProperty('order')
})

test('no subject is no policy at all', () => {
  expect(convertAdminNetworkPolicy(adminPolicy({ subject: {} }))).toBeUndefined()
})

test.each([
  [{ namespaces: {} }, pods, 'all()'],
  [{ namespaces: { matchLabels: { a: 'b' } } }, pods, 'a == "b"'],
  [{ pods: { podSelector: {} } }, pods, 'all()'],
  [{ pods: { namespaceSelector: { matchLabels: { a: 'b' } } } }, pods, 'a == "b"'],
])('subject %j', (subject, selector, namespaceSelector) => {
  expect(convert({ subject }).policy.spec).toMatchObject({ selector, namespaceSelector })
})

test.each(['Allow', 'Deny', 'Pass'] as const)('action %s is %s', (action) => {
  expect(ingressOf({ action, from: everyone })).toEqual([{ action, source: everyPod }])
})

test.each([
  [{ namespaces: { matchLabels: { a: 'b' } } }, [{ selector: pods, namespaceSelector: 'a == "b"' }]],
  [
    { pods: { podSelector: { matchLabels: { a: 'b' } } } },
    [{ selector: `(${pods} && a == "b")`, namespaceSelector: 'all()' }],
  ],
  [{ networks: ['10.0.0.0/9', '10.128.0.0/9'] }, [{ nets: ['10.0.0.0/8'] }]],
  [{ networks: ['fd00::/8', '10.0.0.0/8'] }, [{ nets: ['10.0.0.0/8'] }, { nets: ['fd00::/8'] }]],
])('egress peer %j is %j', (peer, destinations) => {
  const want = destinations.map((destination) => ({ action: 'Allow', destination }))
  expect(egressOf({ action: 'Allow', to: [peer] })).toEqual(want)
})

test('nodes are matched by the addresses that they have', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', labels: { pool: 'a' } },
    status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] },
  }
  const to = (pool: string) => [{ nodes: { matchLabels: { pool } } }]
  expect(egressOf({ action: 'Pass', to: to('a') }, { nodes: [node] })).toEqual([
    { action: 'Pass', destination: { nets: ['172.18.0.2/32'] } },
  ])
  expect(egressOf({ action: 'Pass', to: to('b') }, { nodes: [node] })).toEqual([])
})

describe('ports', () => {
  const portsOf = (ports: IngressRule['ports']) =>
    ingressOf({ action: 'Deny', from: everyone, ...(ports !== undefined && { ports }) })?.map(
      ({ protocol, destination }) => [protocol, destination?.ports],
    )
  const udp = { protocol: 'UDP' } as const

  test.each([
    [undefined, [[undefined, undefined]]],
    [[], [[undefined, undefined]]],
    [[{ portNumber: { port: 80 } }], [['TCP', [80]]]],
    [[{ portNumber: { port: 53, ...udp } }], [['UDP', [53]]]],
    [[{ portRange: { start: 1, end: 9, protocol: 'SCTP' } }], [['SCTP', ['1:9']]]],
    [[{ namedPort: 'web' }], [[undefined, ['web']]]],
  ] as [IngressRule['ports'], unknown][])('%j', (ports, want) => expect(portsOf(ports)).toEqual(want))

  test('those of a protocol become one match, and names of whatever protocol another', () => {
    const ports = [
      { namedPort: 'web' },
      { portNumber: { port: 80 } },
      { portNumber: { port: 53, ...udp } },
      { portRange: { start: 81, end: 90 } },
      { namedPort: 'dns' },
      { namedPort: 'web' },
    ]
    expect(portsOf(ports)).toEqual([
      ['TCP', ['80:90']],
      ['UDP', [53]],
      [undefined, ['web', 'dns']],
    ])
  })

  test('a name of digits, which no port can have, was taken for a number', () => {
    expect(portsOf([{ namedPort: '80' }, { namedPort: '1:65535' }])).toEqual([])
    expect(portsOf([{ namedPort: '80' }, { namedPort: 'web' }])).toEqual([[undefined, ['web']]])
  })
})

const wrongRules: [string, Omit<EgressRule, 'action'>, string][] = [
  ['a network that is none', { to: [{ networks: ['10.0.0.0/8', 'x'] }] }, 'to[0].networks[1]'],
  ['a peer of an unknown kind', { to: [{ namespaces: {} }, {}] }, 'to[1]'],
  ['a name that is none', { to: [{ domainNames: ['example.com', 'a..b'] }] }, 'to[0].domainNames[1]'],
  ['nodes, without any known', { to: [{ nodes: {} }] }, 'to[0].nodes'],
  ['a port of an unknown kind', { to: everyone, ports: [{ namedPort: 'a' }, {}] }, 'ports[1]'],
  ['a port of zero', { to: everyone, ports: [{ portNumber: { port: 0 } }] }, 'ports[0]'],
  ['a range that descends', { to: everyone, ports: [{ portRange: { start: 9, end: 1 } }] }, 'ports[0]'],
]

test.each(wrongRules)('%s: Deny and Pass become Deny, Allow vanishes, all are reported', (_, rule, path) => {
  for (const action of ['Deny', 'Pass', 'Allow'] as const) {
    const { policy, issues, egressOrigins } = convert({ egress: [{ ...rule, action, name: 'r' }] })
    const closed = [{ action: 'Deny', metadata: { annotations: { name: 'r' } } }]
    expect(policy.spec?.egress).toEqual(action === 'Allow' ? [] : closed)
    expect(egressOrigins).toEqual(action === 'Allow' ? [] : [0])
    expect(issues.map((issue) => issue.path)).toEqual([`spec.egress[0].${path}`])
  }
})

test('names of domains become domains, without a dot at their ends', () => {
  const { policy, issues } = convert({
    egress: [{ action: 'Allow', to: [{ domainNames: ['*.Example.com', 'a.b.'] }] }],
  })
  expect(policy.spec?.egress?.map(({ destination }) => destination)).toEqual([
    { domains: ['*.example.com', 'a.b'] },
  ])
  expect(issues).toEqual([])
})

test('the word of a later version for Allow vanishes and is reported', () => {
  const { policy, issues } = convert({ ingress: [{ action: 'Accept' as 'Allow', from: everyone }] })
  expect(policy.spec?.ingress).toEqual([])
  expect(issues.map(({ path }) => path)).toEqual(['spec.ingress[0].action'])
})

test('what comes out is a policy that the v3 API admits', () => {
  const { policy } = convert({
    ingress: [{ action: 'Pass', from: everyone, ports: [{ namedPort: 'web' }, { portNumber: { port: 1 } }] }],
    egress: [
      {
        action: 'Deny',
        to: [{ networks: ['10.0.0.0/8', 'fd00::/8'] }],
        ports: [{ portRange: { start: 1, end: 2 } }],
      },
    ],
  })
  expect(admit(policy)).toMatchObject({ ok: true })
})
