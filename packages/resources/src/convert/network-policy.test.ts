import { expect, test } from 'vitest'
import { admit } from '../kinds/admit.ts'
import type { KubernetesNetworkPolicy } from '../kinds/kubernetes-network-policy/schema.ts'
import { convertNetworkPolicy } from './network-policy.ts'

type Spec = NonNullable<KubernetesNetworkPolicy['spec']>
type IngressRule = NonNullable<Spec['ingress']>[number]

const convert = (spec: Spec) =>
  convertNetworkPolicy({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec,
  })
const ingress = (...rules: IngressRule[]) => convert({ podSelector: {}, ingress: rules })
const ingressRules = (...rules: IngressRule[]) => ingress(...rules).policy.spec?.ingress

const pods = 'projectcalico.org/orchestrator == "k8s"'

test('the whole of a policy', () => {
  const { policy, issues } = convert({
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'lb' } } }], ports: [{ port: 80 }] }],
    egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'UDP', port: 53 }] }],
  })
  expect(issues).toEqual([])
  expect(policy).toEqual({
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      tier: 'default',
      order: 1000,
      selector: `(${pods} && app == "web")`,
      types: ['Ingress', 'Egress'],
      ingress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          source: { selector: `(${pods} && app == "lb")` },
          destination: { ports: [80] },
        },
      ],
      egress: [{ action: 'Allow', protocol: 'UDP', destination: { nets: ['10.0.0.0/8'], ports: [53] } }],
    },
  })
})

test.each([
  ['nothing', {}, ['Ingress']],
  ['ingress rules', { ingress: [{}] }, ['Ingress']],
  ['egress rules', { egress: [{}] }, ['Ingress', 'Egress']],
  ['an empty list of types', { policyTypes: [] }, ['Ingress']],
  ['types', { policyTypes: ['Egress' as const], ingress: [{}] }, ['Egress']],
])('a policy with %s governs %j', (_name, spec, types) => {
  expect(convert({ podSelector: {}, ...spec }).policy.spec?.types).toEqual(types)
})

test('a policy without a spec isolates every pod of its namespace', () => {
  const { policy } = convertNetworkPolicy({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
  })
  expect(policy.spec).toMatchObject({ selector: pods, types: ['Ingress'], ingress: [], egress: [] })
})

test.each([
  ['no list of peers', {}],
  ['an empty list of peers', { from: [] }],
  ['empty lists of both', { from: [], ports: [] }],
])('%s allows everything', (_name, rule) => {
  expect(ingressRules(rule)).toEqual([{ action: 'Allow' }])
})

test.each([
  [{ podSelector: {} }, { selector: pods }],
  [{ namespaceSelector: {} }, { selector: pods, namespaceSelector: 'all()' }],
  [{ namespaceSelector: { matchLabels: { a: 'b' } } }, { selector: pods, namespaceSelector: 'a == "b"' }],
  [
    { podSelector: { matchLabels: { c: 'd' } }, namespaceSelector: { matchLabels: { a: 'b' } } },
    { selector: `(${pods} && c == "d")`, namespaceSelector: 'a == "b"' },
  ],
  [{ ipBlock: { cidr: '10.1.2.3/8' } }, { nets: ['10.0.0.0/8'] }],
  [
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.2.3/16', '10.1.0.0/16', '10.2.0.0/16'] } },
    { nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16', '10.2.0.0/16'] },
  ],
  [{ ipBlock: { cidr: '10.0.0.0/8', except: ['fd00::/8'] } }, { nets: ['10.0.0.0/8'] }],
])('peer %j is %j', (peer, source) => {
  expect(ingressRules({ from: [peer] })).toEqual([{ action: 'Allow', source }])
})

test.each([
  [[{ port: 80 }], [['TCP', [80]]]],
  [[{ protocol: 'UDP' as const }], [['UDP', undefined]]],
  [[{ port: 'web' }], [['TCP', ['web']]]],
  [[{ port: 80, endPort: 90 }], [['TCP', ['80:90']]]],
  [[{ port: 81 }, { port: 80 }, { port: 'web' }, { port: 443 }], [['TCP', ['web', '80:81', 443]]]],
  [[{ port: 'web' }, { port: 'web' }], [['TCP', ['web']]]],
  [[{ port: 80 }, {}, { port: 'web' }], [['TCP', undefined]]],
  [
    [{ protocol: 'UDP' as const, port: 53 }, { port: 53 }, { protocol: 'SCTP' as const }],
    [
      ['SCTP', undefined],
      ['TCP', [53]],
      ['UDP', [53]],
    ],
  ],
])('ports %j are, by protocol, %j', (ports, want) => {
  const rules = ingressRules({ ports }) ?? []
  expect(rules.map(({ protocol, destination }) => [protocol, destination?.ports])).toEqual(want)
})

test('rules come by protocol, then by peer, and know which rule they come from', () => {
  const { policy, ingressOrigins, egressOrigins } = convert({
    podSelector: {},
    ingress: [
      { from: [{ podSelector: {} }], ports: [{ port: 80 }] },
      { from: [] },
      {
        from: [{ ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: { cidr: '11.0.0.0/8' } }],
        ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }],
      },
    ],
    egress: [{ to: [{ podSelector: {} }, { namespaceSelector: {} }] }],
  })
  const last = policy.spec?.ingress?.slice(2).map(({ protocol, source }) => `${protocol} ${source?.nets}`)
  expect(last).toEqual(['TCP 10.0.0.0/8', 'TCP 11.0.0.0/8', 'UDP 10.0.0.0/8', 'UDP 11.0.0.0/8'])
  expect(ingressOrigins).toEqual([0, 1, 2, 2, 2, 2])
  expect(egressOrigins).toEqual([0, 0])
})

test.each([
  ['a CIDR that is none', { from: [{ ipBlock: { cidr: '10.0.0/8' } }] }, 'from[0].ipBlock.cidr'],
  ['an empty CIDR', { from: [{ ipBlock: { cidr: '' } }] }, 'from[0].ipBlock.cidr'],
  [
    'an exception that is none',
    { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', 'x'] } }] },
    'from[0].ipBlock.except[1]',
  ],
  ['a peer without anything', { from: [{}] }, 'from[0]'],
  ['a port of zero', { ports: [{ port: 0 }] }, 'ports[0]'],
  ['a port too large', { ports: [{ port: 65_536 }] }, 'ports[0]'],
  ['a range that descends', { ports: [{ port: 90, endPort: 80 }] }, 'ports[0]'],
  ['an end without a start', { ports: [{ endPort: 80 }] }, 'ports[0].endPort'],
  ['an end of a name', { ports: [{ port: 'web', endPort: 80 }] }, 'ports[0].endPort'],
  ['a name that is none', { ports: [{ port: '80:90' }] }, 'ports[0].port'],
])('%s allows nothing and is reported', (_name, rule, path) => {
  const { policy, issues, ingressOrigins } = ingress(rule)
  expect(policy.spec?.ingress).toEqual([])
  expect(policy.spec?.types).toEqual(['Ingress'])
  expect(ingressOrigins).toEqual([])
  expect(issues.map((issue) => issue.path)).toEqual([`spec.ingress[0].${path}`])
})

test('a wrong peer takes nothing from the others, a wrong port everything', () => {
  const good = { ipBlock: { cidr: '10.0.0.0/8' } }
  const bad = { ipBlock: { cidr: 'x' } }
  expect(ingressRules({ from: [bad, good] })).toEqual([{ action: 'Allow', source: { nets: ['10.0.0.0/8'] } }])
  expect(ingressRules({ from: [good], ports: [{ port: 80 }, { port: 0 }] })).toEqual([])
  const { ingressOrigins } = ingress({ from: [bad] }, { from: [good] })
  expect(ingressOrigins).toEqual([1])
})

test('what comes out is a policy that the v3 API admits', () => {
  const { policy } = convert({
    podSelector: { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] },
    ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80, endPort: 90 }, { port: 'web' }] }],
    egress: [{ to: [{ ipBlock: { cidr: 'fd00::/8', except: ['fd01::/16'] } }] }],
  })
  expect(admit(policy)).toMatchObject({ ok: true })
})
