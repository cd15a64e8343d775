import { expect, test } from 'vitest'
import { admit } from '../kinds/admit.ts'
import type { ClusterNetworkPolicy } from '../kinds/cluster-network-policy/schema.ts'
import type { Node } from '../kinds/node/schema.ts'
import { convertClusterNetworkPolicy } from './cluster-network-policy.ts'
import type { ClusterPolicyContext } from './cluster-policy.ts'

type Spec = ClusterNetworkPolicy['spec']
type IngressRule = NonNullable<Spec['ingress']>[number]
type EgressRule = NonNullable<Spec['egress']>[number]

const tryConvert = (spec: Partial<Spec>, context?: ClusterPolicyContext) =>
  convertClusterNetworkPolicy(
    {
      apiVersion: 'policy.networking.k8s.io/v1alpha2',
      kind: 'ClusterNetworkPolicy',
      metadata: { name: 'guard' },
      spec: { tier: 'Admin', priority: 7, subject: { namespaces: {} }, ...spec },
    },
    context,
  )
const convert = (spec: Partial<Spec>, context?: ClusterPolicyContext) =>
  tryConvert(spec, context) ?? expect.fail('it was taken as absent')
const ingressOf = (rule: IngressRule) => convert({ ingress: [rule] }).policy.spec?.ingress
const egressOf = (rule: EgressRule, context?: ClusterPolicyContext) =>
  convert({ egress: [rule] }, context).policy.spec?.egress

const pods = 'projectcalico.org/orchestrator == "k8s"'
const everyone = [{ namespaces: {} }]

test('the whole of a policy', () => {
  const { policy, issues, ingressOrigins, egressOrigins } = convert({
    subject: {
      pods: { podSelector: { matchLabels: { app: 'web' } }, namespaceSelector: { matchLabels: { a: 'b' } } },
    },
    ingress: [
      {
        name: 'no',
        action: 'Deny',
        from: everyone,
        protocols: [{ tcp: { destinationPort: { number: 80 } } }],
      },
    ],
  })
  expect(issues).toEqual([])
  expect({ ingressOrigins, egressOrigins }).toEqual({ ingressOrigins: [0], egressOrigins: [] })
  expect(policy).toEqual({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'guard' },
    spec: {
      tier: 'kube-admin',
      order: 7,
      selector: `(${pods} && app == "web")`,
      namespaceSelector: 'a == "b"',
      types: ['Ingress'],
      ingress: [
        {
          action: 'Deny',
          protocol: 'TCP',
          source: { namespaceSelector: 'all()' },
          destination: { ports: [80] },
          metadata: { annotations: { name: 'no' } },
        },
      ],
      egress: [],
    },
  })
})

test.each([
  ['Admin', 'kube-admin'],
  ['Baseline', 'kube-baseline'],
] as const)('tier %s is tier %s', (tier, want) => {
  expect(convert({ tier }).policy.spec?.tier).toBe(want)
})

test('an unknown tier, and no subject, are no policy at all', () => {
  expect(tryConvert({ tier: 'Default' as 'Admin' })).toBeUndefined()
  expect(tryConvert({ subject: {} })).toBeUndefined()
})

test.each([
  [{ namespaces: {} }, pods, 'all()'],
  [{ namespaces: { matchLabels: { a: 'b' } } }, pods, 'a == "b"'],
  [{ pods: { podSelector: {} } }, pods, 'all()'],
])('subject %j', (subject, selector, namespaceSelector) => {
  expect(convert({ subject }).policy.spec).toMatchObject({ selector, namespaceSelector })
})

test('only directions with rules are governed', () => {
  const rule = { action: 'Pass' as const }
  expect(convert({}).policy.spec?.types).toBeUndefined()
  expect(convert({ ingress: [{ ...rule, from: everyone }] }).policy.spec?.types).toEqual(['Ingress'])
  expect(convert({ egress: [{ ...rule, to: everyone }] }).policy.spec?.types).toEqual(['Egress'])
  const both = convert({ ingress: [{ ...rule, from: everyone }], egress: [{ ...rule, to: everyone }] })
  expect(both.policy.spec?.types).toEqual(['Ingress', 'Egress'])
})

test.each([
  ['Accept', 'Allow'],
  ['Deny', 'Deny'],
  ['Pass', 'Pass'],
] as const)('action %s is %s', (action, want) => {
  expect(ingressOf({ action, from: everyone })).toEqual([
    { action: want, source: { namespaceSelector: 'all()' } },
  ])
})

test.each([
  [{ namespaces: { matchLabels: { a: 'b' } } }, [{ namespaceSelector: 'a == "b"' }]],
  [
    { pods: { podSelector: { matchLabels: { a: 'b' } } } },
    [{ selector: `(${pods} && a == "b")`, namespaceSelector: 'all()' }],
  ],
  [{ networks: ['10.0.0.0/9', '10.128.0.0/9'] }, [{ nets: ['10.0.0.0/8'] }]],
  [{ networks: ['fd00::/8', '10.0.0.0/8'] }, [{ nets: ['10.0.0.0/8'] }, { nets: ['fd00::/8'] }]],
])('egress peer %j is %j', (peer, destinations) => {
  const want = destinations.map((destination) => ({ action: 'Allow', destination }))
  expect(egressOf({ action: 'Accept', to: [peer] })).toEqual(want)
})

test.each([
  [undefined, [{}]],
  [[], [{}]],
  [[{ tcp: {} }], [{ protocol: 'TCP' }]],
  [[{ udp: { destinationPort: { number: 53 } } }], [{ protocol: 'UDP', destination: { ports: [53] } }]],
  [
    [{ sctp: { destinationPort: { range: { start: 1, end: 9 } } } }, { destinationNamedPort: 'web' }],
    [{ protocol: 'SCTP', destination: { ports: ['1:9'] } }, { destination: { ports: ['web'] } }],
  ],
])('protocols %j', (protocols, want) => {
  const rule = { action: 'Deny' as const, from: everyone, ...(protocols !== undefined && { protocols }) }
  const source = { namespaceSelector: 'all()' }
  expect(ingressOf(rule)).toEqual(want.map((match) => ({ action: 'Deny', source, ...match })))
})

test('a name of digits, which no port can have, was taken for a number', () => {
  const ofPorts = (...names: string[]) =>
    ingressOf({
      action: 'Accept',
      from: everyone,
      protocols: names.map((destinationNamedPort) => ({ destinationNamedPort })),
    })
  expect(ofPorts('80', '1:65535')).toEqual([])
  expect(ofPorts('80', 'web')?.map(({ destination }) => destination?.ports)).toEqual([['web']])
})

test('a rule without peers matches nobody', () => {
  expect(ingressOf({ action: 'Deny', from: [] })).toEqual([])
})

const wrongRules: [string, Omit<EgressRule, 'action'>, string][] = [
  ['a network that is none', { to: [{ networks: ['10.0.0.0/8', 'x'] }] }, 'to[0].networks[1]'],
  ['a peer of an unknown kind', { to: [{ namespaces: {} }, {}] }, 'to[1]'],
  ['a name that is none', { to: [{ domainNames: ['example.com', 'a..b'] }] }, 'to[0].domainNames[1]'],
  ['nodes, without any known', { to: [{ nodes: {} }] }, 'to[0].nodes'],
  ['an unknown protocol', { to: everyone, protocols: [{}] }, 'protocols[0]'],
  [
    'a port of zero',
    { to: everyone, protocols: [{ tcp: { destinationPort: { number: 0 } } }] },
    'protocols[0].tcp.destinationPort',
  ],
  [
    'a range that descends',
    { to: everyone, protocols: [{ tcp: {} }, { udp: { destinationPort: { range: { start: 9, end: 1 } } } }] },
    'protocols[1].udp.destinationPort',
  ],
]

test.each(wrongRules)(
  '%s: Deny and Pass become Deny, Accept vanishes, all are reported',
  (_name, rule, path) => {
    for (const action of ['Deny', 'Pass', 'Accept'] as const) {
      const { policy, issues, egressOrigins } = convert({ egress: [{ ...rule, action, name: 'r' }] })
      const closed = [{ action: 'Deny', metadata: { annotations: { name: 'r' } } }]
      expect(policy.spec?.egress).toEqual(action === 'Accept' ? [] : closed)
      expect(egressOrigins).toEqual(action === 'Accept' ? [] : [0])
      expect(issues.map((issue) => issue.path)).toEqual([`spec.egress[0].${path}`])
    }
  },
)

test('an unknown action vanishes and is reported', () => {
  const { policy, issues } = convert({ ingress: [{ action: 'Allow' as 'Accept', from: everyone }] })
  expect(policy.spec?.ingress).toEqual([])
  expect(issues.map(({ path }) => path)).toEqual(['spec.ingress[0].action'])
})

test('a failed rule keeps its place among the others', () => {
  const { policy, egressOrigins } = convert({
    egress: [
      { action: 'Accept', to: [{ networks: ['x'] }] },
      { action: 'Accept', to: everyone },
      { action: 'Pass', to: [{ networks: ['x'] }] },
      { action: 'Accept', to: [{ networks: ['10.0.0.0/8'] }] },
    ],
  })
  expect(policy.spec?.egress?.map(({ action }) => action)).toEqual(['Allow', 'Deny', 'Allow'])
  expect(egressOrigins).toEqual([1, 2, 3])
})

const node = (name: string, labels: Record<string, string>, ...addresses: string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels },
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      ...addresses.map((address) => ({ type: 'InternalIP', address })),
    ],
  },
})

test('nodes are matched by the addresses that they have', () => {
  const nodes = [
    node('n1', { pool: 'a' }, '172.18.0.2', 'fd00::2'),
    node('n2', { pool: 'a' }, '172.18.0.3'),
    node('n3', { pool: 'b' }, '172.18.0.9'),
  ]
  const to = [{ nodes: { matchLabels: { pool: 'a' } } }]
  expect(egressOf({ action: 'Deny', to }, { nodes })).toEqual([
    { action: 'Deny', destination: { nets: ['172.18.0.2/31'] } },
    { action: 'Deny', destination: { nets: ['fd00::2/128'] } },
  ])
  expect(egressOf({ action: 'Deny', to }, { nodes: [] })).toEqual([])
})

test('labels of nodes are their own, and not the properties that every object has', () => {
  const nodes = [node('n1', {}, '172.18.0.2')]
  const to = (operator: 'Exists' | 'DoesNotExist') => [
    { nodes: { matchExpressions: [{ key: 'constructor', operator }] } },
  ]
  expect(egressOf({ action: 'Deny', to: to('Exists') }, { nodes })).toEqual([])
  expect(egressOf({ action: 'Deny', to: to('DoesNotExist') }, { nodes })).toHaveLength(1)
})

test('what comes out is a policy that the v3 API admits', () => {
  const { policy } = convert({
    ingress: [{ action: 'Pass', from: everyone, protocols: [{ destinationNamedPort: 'web' }] }],
    egress: [{ action: 'Deny', to: [{ networks: ['10.0.0.0/8', 'fd00::/8'] }], protocols: [{ udp: {} }] }],
  })
  expect(admit(policy)).toMatchObject({ ok: true })
})
