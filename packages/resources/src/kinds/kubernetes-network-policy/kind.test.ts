import { describe, expect, test } from 'vitest'
import { admitted, issuePaths, kubernetesPolicy } from '../examples.testkit.ts'

const withPort = (port: unknown) => kubernetesPolicy({ ingress: [{ ports: [port] }] })
const withPeer = (peer: unknown) => kubernetesPolicy({ egress: [{ to: [peer] }] })
const withSelector = (podSelector: unknown) => kubernetesPolicy({ podSelector })
const withExpression = (expression: unknown) => withSelector({ matchExpressions: [expression] })
const port = 'spec.ingress[0].ports[0]'
const peer = 'spec.egress[0].to[0]'
const expression = 'spec.podSelector.matchExpressions[0]'

test.each([
  {},
  { podSelector: {}, ingress: [{}], egress: [{}] },
  { ingress: [{ ports: [{ port: 80 }, { port: 'http', protocol: 'UDP' }, { protocol: 'SCTP' }] }] },
  { ingress: [{ ports: [{ port: 80, endPort: 80 }] }] },
  { egress: [{ to: [{ ipBlock: { cidr: '10.1.2.3/8', except: ['10.1.0.0/16'] } }] }] },
  { egress: [{ to: [{ ipBlock: { cidr: 'fd00::/8', except: ['fd01::/16'] } }] }] },
  { ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }] }] },
  {
    podSelector: {
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['b', ''] },
        { key: 'x/y', operator: 'Exists' },
      ],
    },
  },
  { policyTypes: ['Ingress', 'Egress'] },
])('%j is accepted', (spec) => expect(issuePaths(kubernetesPolicy(spec))).toEqual([]))

type Group = readonly [
  name: string,
  make: (part: never) => unknown,
  cases: readonly (readonly [part: unknown, path: string])[],
]

const groups: readonly Group[] = [
  [
    'ports',
    withPort,
    [
      [{ port: 0 }, `${port}.port`],
      [{ port: 65536 }, `${port}.port`],
      [{ port: '80' }, `${port}.port`],
      [{ port: 'HTTP' }, `${port}.port`],
      [{ port: 1.5 }, `${port}.port`],
      [{ protocol: 'ICMP' }, `${port}.protocol`],
      [{ protocol: 'tcp' }, `${port}.protocol`],
      [{ endPort: 80 }, `${port}.port`],
      [{ port: 'http', endPort: 80 }, `${port}.endPort`],
      [{ port: 80, endPort: 79 }, `${port}.endPort`],
      [{ port: 80, endPort: 65536 }, `${port}.endPort`],
      [{ port: 80, endPort: '90' }, `${port}.endPort`],
    ],
  ],
  [
    'peers',
    withPeer,
    [
      [{}, peer],
      [null, peer],
      [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }, `${peer}.ipBlock`],
      [{ ipBlock: {} }, `${peer}.ipBlock.cidr`],
      [{ ipBlock: { cidr: '10.0.0.1' } }, `${peer}.ipBlock.cidr`],
      [{ ipBlock: { cidr: '10.0.0.0/8', except: ['x'] } }, `${peer}.ipBlock.except[0]`],
      [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }, `${peer}.ipBlock.except[0]`],
      [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }, `${peer}.ipBlock.except[0]`],
      [{ ipBlock: { cidr: '10.0.0.0/8', except: ['fd00::/16'] } }, `${peer}.ipBlock.except[0]`],
      [{ namespaceSelector: { matchLabels: { 'a b': 'c' } } }, `${peer}.namespaceSelector.matchLabels[a b]`],
    ],
  ],
  [
    'label selectors',
    withSelector,
    [
      [{ matchLabels: { a: 'b!' } }, 'spec.podSelector.matchLabels.a'],
      [{ matchLabels: { a: 1 } }, 'spec.podSelector.matchLabels.a'],
      [{ labels: {} }, 'spec.podSelector.labels'],
    ],
  ],
  [
    'label expressions',
    withExpression,
    [
      [{ key: 'a', operator: 'Equals', values: ['b'] }, `${expression}.operator`],
      [{ key: 'a', operator: 'In' }, `${expression}.values`],
      [{ key: 'a', operator: 'NotIn', values: [] }, `${expression}.values`],
      [{ key: 'a', operator: 'Exists', values: ['b'] }, `${expression}.values`],
      [{ key: 'a', operator: 'DoesNotExist', values: ['b'] }, `${expression}.values`],
      [{ key: 'a/b/c', operator: 'Exists' }, `${expression}.key`],
      [{ key: 'a', operator: 'In', values: ['b c'] }, `${expression}.values[0]`],
      [{ operator: 'Exists' }, `${expression}.key`],
    ],
  ],
  [
    'the spec',
    kubernetesPolicy,
    [
      [{ policyTypes: ['ingress'] }, 'spec.policyTypes[0]'],
      [{ policyTypes: ['Ingress', 'Egress', 'Ingress'] }, 'spec.policyTypes'],
      [{ ingres: [] }, 'spec.ingres'],
      [{ ingress: {} }, 'spec.ingress'],
    ],
  ],
]

describe.each(groups)('%s', (_, make, cases) => {
  test.each(cases)('%j is refused at %s', (part, path) =>
    expect(issuePaths(make(part as never))).toEqual([path]),
  )
})

test.each([
  { spec: {}, policyTypes: ['Ingress'] },
  { spec: { egress: [{}] }, policyTypes: ['Ingress', 'Egress'] },
  { spec: { egress: [] }, policyTypes: ['Ingress'] },
  { spec: { policyTypes: [] }, policyTypes: ['Ingress'] },
  { spec: { egress: [{}], policyTypes: ['Egress'] }, policyTypes: ['Egress'] },
])('types of $spec are $policyTypes', ({ spec, policyTypes }) => {
  expect(admitted(kubernetesPolicy(spec))).toMatchObject({ spec: { policyTypes, podSelector: {} } })
})

test('the protocol of a port is TCP by default', () => {
  expect(admitted(withPort({ port: 80 }))).toMatchObject({
    spec: { ingress: [{ ports: [{ protocol: 'TCP', port: 80 }] }] },
  })
})
