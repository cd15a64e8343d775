import { findKind, type ResourceObject } from '@margay/resources'
import { expect, test } from 'vitest'
import { installation } from '../reference/cases/objects.testkit.ts'
import { policySuspicions } from './policy-suspicions.ts'

const found = (apiVersion: string, kind: string, spec: object): string[] => {
  const definition = findKind(apiVersion, kind)
  if (definition === undefined) throw new Error(`no ${kind}`)
  const object = { apiVersion, kind, metadata: { name: 'a' }, spec } as ResourceObject
  return policySuspicions(definition, object).map(({ path, message }) => `${path} ${message}`)
}

const contradiction = { matchLabels: { a: 'x' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }
const labels = { matchLabels: { a: 'x' } }
const cluster = 'policy.networking.k8s.io'

test.each([
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['projectcalico.org/v3', 'StagedKubernetesNetworkPolicy'],
])('%s %s: selectors that contradict themselves, and directions that policyTypes lacks', (version, kind) => {
  const of = (spec: object) =>
    found(version, kind, { podSelector: labels, policyTypes: ['Ingress'], ...spec })
  expect(of({ podSelector: contradiction })).toEqual([
    'spec.podSelector contradicts itself and selects nothing, so the policy applies to nothing',
  ])
  expect(
    of({ ingress: [{}, { from: [{ podSelector: labels }, { namespaceSelector: contradiction }] }] }),
  ).toEqual([
    'spec.ingress[1].from[1].namespaceSelector contradicts itself and selects nothing, so this peer matches nobody',
  ])
  expect(of({ policyTypes: ['Egress'], egress: [{ to: [{ podSelector: contradiction }] }] })).toEqual([
    'spec.egress[0].to[0].podSelector contradicts itself and selects nothing, so this peer matches nobody',
  ])
  expect(of({ egress: [{}] })).toEqual(['spec.egress has no effect, because spec.policyTypes lacks Egress'])
  const except = ['10.0.0.0/9', '10.128.0.0/9']
  expect(of({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except } }] }] })).toEqual([
    'spec.ingress[0].from[0].ipBlock.except takes away all of cidr, so this peer matches nobody',
  ])
  const ordinary = [
    { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/9'] } }, { podSelector: {} }] },
  ]
  expect(of({ ingress: ordinary })).toEqual([])
})

test.each([
  ['v1alpha2', 'ClusterNetworkPolicy'],
  ['v1alpha1', 'AdminNetworkPolicy'],
  ['v1alpha1', 'BaselineAdminNetworkPolicy'],
])('policies of the administrator: their subject and their peers: %s %s', (version, kind) => {
  const of = (spec: object) => found(`${cluster}/${version}`, kind, { subject: { namespaces: {} }, ...spec })
  expect(of({ subject: { pods: { podSelector: contradiction, namespaceSelector: labels } } })).toEqual([
    'spec.subject.pods.podSelector contradicts itself and selects nothing, so the policy applies to nothing',
  ])
  expect(of({ egress: [{ to: [{ nodes: contradiction }, { namespaces: contradiction }] }] })).toHaveLength(2)
  expect(of({ ingress: [{ from: [{ namespaces: {} }, { pods: { podSelector: labels } }] }] })).toEqual([])
})

test('staged policies of Calico are looked at as enforced ones, and other kinds not at all', () => {
  for (const kind of ['GlobalNetworkPolicy', 'StagedNetworkPolicy', 'StagedGlobalNetworkPolicy'])
    expect(found('projectcalico.org/v3', kind, { selector: 'a in {}' })).toHaveLength(1)
  expect(found('projectcalico.org/v3', 'HostEndpoint', { selector: 'a in {}' })).toEqual([])
})

test('a setting of a FelixConfiguration that is unknown, or misspelt, was kept without a word', () => {
  const of = (spec: object) => found('projectcalico.org/v3', 'FelixConfiguration', spec)
  expect(of({ wireguardEnabled: true, wireguradEnabled: true, bpfEnabled: false })).toEqual([
    'spec.wireguradEnabled is no setting of Margay: it is kept, and has no effect',
    'spec.bpfEnabled is no setting of Margay: it is kept, and has no effect',
  ])
})

test('an Installation that is not the one that counts is told apart', () => {
  const definition = findKind('operator.tigera.io/v1', 'Installation')
  if (definition === undefined) throw new Error('no Installation')
  const named = (name: string) =>
    policySuspicions(definition, installation('Enabled', name)).map(
      ({ path, message }) => `${path} ${message}`,
    )
  expect(named('default')).toEqual([])
  expect(named('overlay')).toEqual([
    'metadata.name is "overlay": it has no effect, since the Installation that counts is "default"',
  ])
})
