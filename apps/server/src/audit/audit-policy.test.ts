import { expect, test } from 'vitest'
import { type AuditRule, type AuditSubject, defaultAuditPolicy, levelOf } from './audit-policy.ts'

const policyWrite: AuditSubject = {
  user: { name: 'ann', groups: ['dev'] },
  verb: 'update',
  path: '/apis/projectcalico.org/v3/namespaces/shop/networkpolicies/web',
  resource: {
    group: 'projectcalico.org',
    version: 'v3',
    resource: 'networkpolicies',
    subresource: undefined,
    namespace: 'shop',
    name: 'web',
  },
}
const health: AuditSubject = { user: { name: 'ann', groups: [] }, verb: 'get', path: '/healthz/etcd' }
const status: AuditSubject = {
  ...policyWrite,
  resource: {
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: 'status',
    namespace: 'shop',
    name: 'web',
  },
}

test.each<[string, AuditRule, AuditSubject, boolean]>([
  ['a rule without conditions takes everything', { level: 'Request' }, policyWrite, true],
  ['a user', { level: 'Request', users: ['ann'] }, policyWrite, true],
  ['another user', { level: 'Request', users: ['bob'] }, policyWrite, false],
  ['a group', { level: 'Request', userGroups: ['ops', 'dev'] }, policyWrite, true],
  ['another group', { level: 'Request', userGroups: ['ops'] }, policyWrite, false],
  ['a verb', { level: 'Request', verbs: ['create'] }, policyWrite, false],
  ['a namespace', { level: 'Request', namespaces: ['shop'] }, policyWrite, true],
  ['another namespace', { level: 'Request', namespaces: ['ops'] }, policyWrite, false],
  ['a namespace says nothing of paths', { level: 'Request', namespaces: ['shop'] }, health, false],
  [
    'a group of resources',
    { level: 'Request', resources: [{ group: 'projectcalico.org' }] },
    policyWrite,
    true,
  ],
  [
    'the core group',
    { level: 'Request', resources: [{ resources: ['networkpolicies'] }] },
    policyWrite,
    false,
  ],
  [
    'a name',
    { level: 'Request', resources: [{ group: 'projectcalico.org', resourceNames: ['db'] }] },
    policyWrite,
    false,
  ],
  [
    'a resource is not its subresource',
    { level: 'Request', resources: [{ resources: ['pods'] }] },
    status,
    false,
  ],
  ['a subresource', { level: 'Request', resources: [{ resources: ['pods/status'] }] }, status, true],
  ['all subresources of one', { level: 'Request', resources: [{ resources: ['pods/*'] }] }, status, true],
  ['one subresource of all', { level: 'Request', resources: [{ resources: ['*/status'] }] }, status, true],
  ['a path', { level: 'Request', nonResourceURLs: ['/healthz*'] }, health, true],
  ['another path', { level: 'Request', nonResourceURLs: ['/version'] }, health, false],
  ['a path says nothing of resources', { level: 'Request', nonResourceURLs: ['*'] }, policyWrite, false],
])('%s', (_name, rule, subject, want) => {
  expect(levelOf({ rules: [rule] }, subject)).toBe(want ? 'Request' : 'None')
})

test('the first rule that matches decides', () => {
  const rules: AuditRule[] = [{ level: 'Metadata', users: ['ann'] }, { level: 'RequestResponse' }]
  expect(levelOf({ rules }, policyWrite)).toBe('Metadata')
})

test('by default changes are recorded in full, secrets by name only, and reads not at all', () => {
  const secret = {
    ...status,
    resource: { ...status.resource, resource: 'secrets', subresource: undefined },
  } as AuditSubject
  expect(levelOf(defaultAuditPolicy, policyWrite)).toBe('RequestResponse')
  expect(levelOf(defaultAuditPolicy, { ...policyWrite, verb: 'list' })).toBe('None')
  expect(levelOf(defaultAuditPolicy, secret)).toBe('Metadata')
  expect(levelOf(defaultAuditPolicy, health)).toBe('None')
})
