import { describe, expect, test } from 'vitest'
import {
  account,
  clusterBinding,
  clusterRole,
  group,
  role,
  roleBinding,
  rule,
  user,
} from '../../testing/rbac.ts'
import { type Action, resourceAction } from '../attributes.ts'
import { RbacIndex } from './rbac-index.ts'

function indexOf(...objects: object[]): RbacIndex {
  const index = new RbacIndex()
  for (const object of objects) index.put(object as never)
  return index
}

const ann = { name: 'ann', groups: ['dev'] }
const bound = (...rules: Parameters<typeof clusterRole>[1]) =>
  indexOf(clusterRole('r', rules), clusterBinding('b', 'r', user('ann')))

/** `verb group/resource/subresource name`. */
function action(text: string, namespace = ''): Action {
  const [verb = '', target = '', name = ''] = text.split(' ')
  if (target.startsWith('/')) return { verb, path: target }
  const [apiGroup = '', resource = '', subresource = ''] = target.split(':')
  return resourceAction({ verb, group: apiGroup, resource, subresource, name, namespace })
}
const may = (index: RbacIndex, text: string, namespace = '', who = ann): boolean =>
  index.decide({ ...action(text, namespace), user: who }).decision === 'Allow'

describe('a rule', () => {
  test.each([
    [rule('get', '', 'pods'), 'get :pods', true],
    [rule('get', '', 'pods'), 'list :pods', false],
    [rule('get', '', 'pods'), 'get apps:pods', false],
    [rule('get', '', 'pods'), 'get :pods:status', false],
    [rule('get', '', 'pods'), 'get :pods p', true],
    [rule('*', '', 'pods'), 'escalate :pods', true],
    [rule('get', '*', 'pods'), 'get apps:pods', true],
    [rule('get', '', '*'), 'get :pods:status', true],
    [rule('get', '', 'pods/status'), 'get :pods:status', true],
    [rule('get', '', 'pods/status'), 'get :pods', false],
    [rule('get', '', '*/status'), 'get :nodes:status', true],
    [rule('get', '', '*/status'), 'get :nodes', false],
    [rule('get', '', '*/status'), 'get :nodes:proxy', false],
    [rule('get', '', 'pods/*'), 'get :pods:status', false],
    [rule('get', '', 'pods', 'a', 'b'), 'get :pods b', true],
    [rule('get', '', 'pods', 'a', 'b'), 'get :pods c', false],
    [rule('list', '', 'pods', 'a'), 'list :pods', false],
    [rule('create', '', 'pods', 'a'), 'create :pods', false],
    [rule('get', '', 'pods', '*'), 'get :pods c', false],
    [rule('get', '', 'pods'), 'get /pods', false],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }, 'get /healthz', true],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }, 'get /healthz/etcd', false],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }, 'post /healthz', false],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz/*'] }, 'get /healthz/etcd', true],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz*'] }, 'get /healthz', true],
    [{ verbs: ['*'], nonResourceURLs: ['*'] }, 'put /x', true],
    [{ verbs: ['*'], nonResourceURLs: ['*'] }, 'get :pods', false],
    [rule('*', '*', '*'), 'get /healthz', false],
    [rule('get', '', 'constructor'), 'get :toString', false],
  ])('%j, asked %s: %s', (given, asked, want) => expect(may(bound(given), asked)).toBe(want))

  test('that would need very many places in the table means the same', () => {
    const many = (prefix: string) => Array.from({ length: 50 }, (_, at) => `${prefix}${at}`)
    const wide = { verbs: many('v'), apiGroups: many('g'), resources: many('r'), resourceNames: ['n'] }
    expect(may(bound(wide), 'v7 g8:r9 n')).toBe(true)
    expect(may(bound(wide), 'v7 g8:r9')).toBe(false)
    expect(may(bound(wide), 'v7 g8:x n')).toBe(false)
  })
})

describe('a subject', () => {
  const pods = clusterRole('r', [rule('get', '', 'pods')])
  test.each([
    ['by name', user('ann'), true],
    ['by a group', group('dev'), true],
    ['not by the name of a group', user('dev'), false],
    ['not as a group of that name', group('ann'), false],
    ['not as a service account', account('x', 'ann'), false],
  ])('is met %s', (_, subject, want) => {
    expect(may(indexOf(pods, clusterBinding('b', 'r', subject)), 'get :pods')).toBe(want)
  })

  test('can be a service account, also without a namespace in its own', () => {
    const robot = { name: 'system:serviceaccount:x:robot', groups: ['system:serviceaccounts:x'] }
    expect(may(indexOf(pods, clusterBinding('b', 'r', account('x', 'robot'))), 'get :pods', '', robot)).toBe(
      true,
    )
    const own = roleBinding('x', 'b', { kind: 'ClusterRole', name: 'r' }, { ...account('', 'robot') })
    expect(may(indexOf(pods, own), 'get :pods', 'x', robot)).toBe(true)
    expect(may(indexOf(pods, own), 'get :pods', 'y', robot)).toBe(false)
  })
})

describe('a binding', () => {
  const pods = clusterRole('r', [rule('get', '', 'pods'), { verbs: ['get'], nonResourceURLs: ['/x'] }])

  test('of a namespace gives a cluster role there, and nowhere else', () => {
    const index = indexOf(pods, roleBinding('x', 'b', { kind: 'ClusterRole', name: 'r' }, user('ann')))
    expect(may(index, 'get :pods', 'x')).toBe(true)
    expect(may(index, 'get :pods', 'y')).toBe(false)
    expect(may(index, 'get :pods')).toBe(false)
    expect(may(index, 'get /x')).toBe(false)
  })

  test('of a namespace knows the roles of its own namespace only', () => {
    const binding = roleBinding('x', 'b', { kind: 'Role', name: 'r' }, user('ann'))
    expect(may(indexOf(role('x', 'r', [rule('get', '', 'pods')]), binding), 'get :pods', 'x')).toBe(true)
    expect(may(indexOf(role('y', 'r', [rule('get', '', 'pods')]), binding), 'get :pods', 'x')).toBe(false)
  })

  test('says in which way it allows, and which role is missing', () => {
    const index = indexOf(
      pods,
      clusterBinding('b', 'r', group('dev')),
      clusterBinding('c', 'gone', user('ann')),
    )
    expect(index.decide({ ...action('get :pods'), user: ann })).toEqual({
      decision: 'Allow',
      reason: 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "dev"',
    })
    expect(index.decide({ ...action('list :pods'), user: ann })).toEqual({
      decision: 'NoOpinion',
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    })
  })

  test('that is changed or removed counts as it is then', () => {
    const index = indexOf(pods, clusterBinding('b', 'r', user('ann')))
    index.put(clusterBinding('b', 'r', user('bob')) as never)
    expect(may(index, 'get :pods')).toBe(false)
    index.put(clusterBinding('b', 'r', user('ann')) as never)
    index.put(clusterRole('r', [rule('list', '', 'pods')]) as never)
    expect([may(index, 'get :pods'), may(index, 'list :pods')]).toEqual([false, true])
    index.remove(clusterBinding('b', 'r', user('ann')) as never)
    expect(may(index, 'list :pods')).toBe(false)
  })
})

describe('an aggregated role', () => {
  const labelled = (name: string, to: string, verb: string) => ({
    ...clusterRole(name, [rule(verb, '', 'pods')]),
    metadata: { name, labels: { to } },
  })
  const aggregate = (name: string, from: string, labels: Record<string, string> = {}) => ({
    ...clusterRole(name, [rule('patch', '', 'pods')], {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: from } }] },
    }),
    metadata: { name, labels },
  })
  const binding = clusterBinding('b', 'top', user('ann'))

  test('has the rules of those that it selects, through others too, and none of its own', () => {
    const index = indexOf(
      aggregate('top', 'top'),
      aggregate('middle', 'middle', { to: 'top' }),
      labelled('leaf', 'middle', 'get'),
      labelled('own', 'top', 'list'),
      labelled('other', 'elsewhere', 'watch'),
      binding,
    )
    const verbs = ['get', 'list', 'watch', 'patch'].filter((verb) => may(index, `${verb} :pods`))
    expect(verbs).toEqual(['get', 'list'])
    index.put(labelled('other', 'top', 'watch') as never)
    expect(may(index, 'watch :pods')).toBe(true)
    index.remove(labelled('leaf', 'middle', 'get') as never)
    expect(may(index, 'get :pods')).toBe(false)
  })

  test('may go round in circles', () => {
    const index = indexOf(
      aggregate('top', 'top', { to: 'middle' }),
      aggregate('middle', 'middle', { to: 'top' }),
      labelled('leaf', 'middle', 'get'),
      binding,
    )
    expect(may(index, 'get :pods')).toBe(true)
  })

  test.each([
    [{ matchExpressions: [{ key: 'to', operator: 'In' as const, values: ['a', 'x'] }] }, true],
    [{ matchExpressions: [{ key: 'to', operator: 'NotIn' as const, values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'to', operator: 'Exists' as const }] }, true],
    [{ matchExpressions: [{ key: 'to', operator: 'DoesNotExist' as const }] }, false],
    [{}, true],
  ])('selects by %j: %s', (selector, want) => {
    const top = clusterRole('top', [], { aggregationRule: { clusterRoleSelectors: [selector] } })
    expect(may(indexOf(top, labelled('leaf', 'a', 'get'), binding), 'get :pods')).toBe(want)
  })
})
