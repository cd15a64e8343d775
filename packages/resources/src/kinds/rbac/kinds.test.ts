import { expect, test } from 'vitest'
import { admitted, core, issuePaths } from '../examples.testkit.ts'

const rbac = (kind: string, fields: object, name = 'a') => ({
  ...core(kind, kind.startsWith('Cluster') ? { name } : { name, namespace: 'shop' }),
  apiVersion: 'rbac.authorization.k8s.io/v1',
  ...fields,
})
const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }
const role = (more: object) => rbac('Role', { rules: [{ ...rule, ...more }] })
const clusterRole = (more: object) => rbac('ClusterRole', { rules: [{ ...rule, ...more }] })
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }
const binding = (subject: object, ref: object = roleRef) =>
  rbac('RoleBinding', { roleRef: ref, subjects: [subject] })
const secret = (fields: object) => core('Secret', { name: 's', namespace: 'shop' }, { ...fields })

test.each([
  role({}),
  role({ resourceNames: ['a'], verbs: ['*'] }),
  rbac('Role', {}),
  rbac('ClusterRole', { rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }] }, 'system:metrics'),
  rbac('ClusterRole', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
  binding({ kind: 'User', name: 'ann' }),
  binding({ kind: 'Group', name: 'system:authenticated', apiGroup: 'rbac.authorization.k8s.io' }),
  binding({ kind: 'ServiceAccount', name: 'robot', namespace: 'shop' }, { kind: 'Role', name: 'own' }),
  rbac('ClusterRoleBinding', { roleRef }),
  secret({ data: { a: 'MQ==' } }),
  secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'c', 'tls.key': 'k' } }),
])('%j is accepted', (input) => expect(issuePaths(input)).toEqual([]))

test.each([
  [rbac('Role', {}, 'a/b'), 'metadata.name'],
  [rbac('ClusterRole', {}, '..'), 'metadata.name'],
  [role({ verbs: [] }), 'rules[0].verbs'],
  [role({ apiGroups: [] }), 'rules[0].apiGroups'],
  [role({ resources: [] }), 'rules[0].resources'],
  [rbac('Role', { rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }] }), 'rules[0].nonResourceURLs'],
  [clusterRole({ nonResourceURLs: ['/metrics'] }), 'rules[0].nonResourceURLs'],
  [rbac('ClusterRole', { aggregationRule: {} }), 'aggregationRule.clusterRoleSelectors'],
  [binding({ kind: 'Robot', name: 'a' }), 'subjects[0].kind'],
  [binding({ kind: 'User', name: '' }), 'subjects[0].name'],
  [binding({ kind: 'User', name: 'a', apiGroup: 'x' }), 'subjects[0].apiGroup'],
  [binding({ kind: 'ServiceAccount', name: 'a' }), 'subjects[0].namespace'],
  [binding({ kind: 'ServiceAccount', name: 'A', namespace: 'shop' }), 'subjects[0].name'],
  [binding({ kind: 'User', name: 'a' }, { kind: 'Role', name: '' }), 'roleRef.name'],
  [binding({ kind: 'User', name: 'a' }, { kind: 'Tier', name: 'a' }), 'roleRef.kind'],
  [rbac('ClusterRoleBinding', { roleRef: { kind: 'Role', name: 'a' } }), 'roleRef.kind'],
  [rbac('RoleBinding', {}), 'roleRef'],
  [secret({ data: { a: '?' } }), 'data.a'],
  [secret({ data: { 'a/b': '' } }), 'data[a/b]'],
  [secret({ type: 'kubernetes.io/ssh-auth' }), 'data.ssh-privatekey'],
])('%j is refused at %s', (input, path) => expect(issuePaths(input)).toEqual([path]))

test('subjects and references get the group of roles', () => {
  expect(admitted(binding({ kind: 'User', name: 'ann' }, { kind: 'Role', name: 'own' }))).toMatchObject({
    roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io' }],
  })
})

test('the texts of a secret are kept as bytes, and not as texts', () => {
  const stored = admitted(secret({ data: { a: 'MQ==', b: 'MQ==' }, stringData: { b: 'ü' } }))
  expect(stored).toMatchObject({ type: 'Opaque', data: { a: 'MQ==', b: 'w7w=' } })
  expect(stored).not.toHaveProperty('stringData')
})
