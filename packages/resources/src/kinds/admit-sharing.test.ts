/** What an admitted object shares with what was given: all that admission did not change, and nothing else. */
import { expect, test } from 'vitest'
import { frozen, pairs, textOf } from '../schema/sharing.testkit.ts'
import {
  adminPolicy,
  admitted,
  assertion,
  baselinePolicy,
  clusterPolicy,
  core,
  felixConfiguration,
  installation,
  ipPool,
  kubernetesPolicy,
  networkPolicy,
  pod,
  profile,
  stagedKubernetesPolicy,
  threatFeed,
} from './examples.testkit.ts'
import { kindDefinitions } from './registry.ts'
import { allRules } from './validation-rules/all-rules.testkit.ts'

const metadata = { name: 'a', namespace: 'shop' }
const ofGroup = (apiVersion: string, kind: string, fields: object) => ({
  apiVersion,
  kind,
  metadata,
  ...fields,
})
const rbac = (kind: string, fields: object) => ofGroup('rbac.authorization.k8s.io/v1', kind, fields)
const binding = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } }
const subjects = [{ kind: 'User', name: 'u' }]
const allow = { action: 'Allow', protocol: '6', destination: { ports: ['80', 'http'], nets: ['10.0.0.0/8'] } }

const others = [
  core('Namespace', { name: 'shop', labels: {} }),
  core('Node', { name: 'n' }, { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }),
  core('ServiceAccount', metadata, { secrets: [{ name: 's' }] }),
  core('Secret', metadata, { data: { a: 'MQ==' }, stringData: { b: 'x' } }),
  core('ConfigMap', metadata, { data: { a: 'x' } }),
  core('Service', metadata, {
    spec: {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81, targetPort: 8081 },
      ],
    },
  }),
  core('Event', metadata, { involvedObject: { kind: 'Pod', name: 'web', namespace: 'shop' } }),
  pod({ containers: [{ name: 'a', ports: [{ containerPort: 80 }] }] }, { podIPs: [{ ip: '10.0.0.1' }] }),
  rbac('Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }),
  rbac('ClusterRole', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }),
  rbac('RoleBinding', { ...binding, subjects }),
  rbac('ClusterRoleBinding', { ...binding, subjects }),
  ofGroup('discovery.k8s.io/v1', 'EndpointSlice', {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  }),
  ofGroup('coordination.k8s.io/v1', 'Lease', { spec: { holderIdentity: 'a' } }),
  kubernetesPolicy({ podSelector: { matchLabels: { a: 'b' } }, ingress: [{ ports: [{ port: 80 }] }] }),
  networkPolicy({ ingress: [allow, { action: 'Deny', source: { nets: ['10.0.0.0/8'] } }] }),
  stagedKubernetesPolicy({ podSelector: {}, egress: [{ to: [{ podSelector: {} }] }] }),
  felixConfiguration({ defaultEndpointToHostAction: 'accept', kubeNodePortRanges: ['30000:32767', '80'] }),
  ipPool({ ipipMode: 'Always' }),
  installation({ calicoNetwork: { wireguard: 'Enabled' }, variant: 'Calico' }),
  profile({ ingress: [allow], labelsToApply: { a: 'b' } }),
  clusterPolicy({ ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }] }),
  adminPolicy({ egress: [{ action: 'Allow', to: [{ namespaces: {} }] }] }),
  baselinePolicy({ ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }] }),
  assertion({ ports: [{ protocol: 'TCP', port: 80 }] }),
  threatFeed({ pull: { http: { url: 'https://feeds.example.com/list' } } }),
]
const inputs: readonly unknown[] = [...others, ...allRules.flatMap(({ accepts }) => accepts)]

test('there is an example of each kind', () => {
  const shown = inputs.map((input) => admitted(input)).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  const wanted = kindDefinitions.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  expect(wanted.filter((kind) => !shown.includes(kind))).toEqual([])
})

test('what is in its stored form already is the very object that was given', () => {
  for (const input of inputs) {
    const stored = admitted(input)
    const again = frozen(structuredClone(stored))
    expect(admitted(again)).toBe(again)
  }
})

test('parts are shared exactly where they say the same, and the input is never changed', () => {
  for (const input of inputs) {
    const given = frozen(structuredClone(input))
    for (const [before, after] of pairs(given, admitted(given)))
      expect(after === before).toBe(textOf(after) === textOf(before))
  }
})
