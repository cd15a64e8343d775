/** Roles and bindings as whoever calls the server meets them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { namespace, pod } from '../testing/objects.ts'
import { clusterBinding, clusterRole, group, rbac, role, roleBinding, rule, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
  await server.post('/api/v1/namespaces', namespace('x'))
})
afterAll(() => server.close())

function as(name: string, ...groups: string[]) {
  const headers = {
    'impersonate-user': name,
    ...(groups[0] === undefined ? {} : { 'impersonate-group': groups[0] }),
  }
  return {
    get: (path: string) => server.call('GET', path, { headers }),
    post: (path: string, body: unknown) => server.call('POST', path, { headers, body }),
    put: (path: string, body: unknown) => server.call('PUT', path, { headers, body }),
    delete: (path: string) => server.call('DELETE', path, { headers }),
    merge: (path: string, body: unknown) =>
      server.call('PATCH', path, {
        headers: { ...headers, 'content-type': 'application/merge-patch+json' },
        body,
      }),
  }
}

describe('a user whom no binding names', () => {
  const nobody = as('nobody')

  test.each([
    [
      '/api/v1/namespaces/x/pods',
      'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "x"',
    ],
    [
      '/api/v1/pods',
      'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope',
    ],
    [
      '/api/v1/pods?watch=1',
      'pods is forbidden: User "nobody" cannot watch resource "pods" in API group "" at the cluster scope',
    ],
    [
      '/api/v1/namespaces/x',
      'namespaces "x" is forbidden: User "nobody" cannot get resource "namespaces" in API group "" in the namespace "x"',
    ],
    [
      '/api/v1/nodes/n/status',
      'nodes "n" is forbidden: User "nobody" cannot get resource "nodes/status" in API group "" at the cluster scope',
    ],
    [
      '/apis/projectcalico.org/v3/tiers',
      'tiers.projectcalico.org is forbidden: User "nobody" cannot list resource "tiers" in API group "projectcalico.org" at the cluster scope',
    ],
    [
      `${rbac}/clusterroles/view`,
      'clusterroles.rbac.authorization.k8s.io "view" is forbidden: User "nobody" cannot get resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
    ],
    [
      '/apis/g.io/v1/things',
      'things.g.io is forbidden: User "nobody" cannot list resource "things" in API group "g.io" at the cluster scope',
    ],
    ['/metrics', 'forbidden: User "nobody" cannot get path "/metrics"'],
    ['/', 'forbidden: User "nobody" cannot get path "/"'],
  ])('is refused %s', async (path, message) => {
    const { status, json } = await nobody.get(path)
    expect([status, json.reason, json.message]).toEqual([403, 'Forbidden', message])
  })

  test.each([
    '/api',
    '/api/v1',
    '/apis',
    '/apis/projectcalico.org/v3',
    '/openapi/v3',
    '/version',
    '/healthz',
  ])('is told what there is at %s', async (path) => expect((await nobody.get(path)).status).toBe(200))

  test('may write nothing', async () => {
    const attempts = [
      nobody.post('/api/v1/namespaces/x/pods', pod('p', 'x')),
      nobody.put('/api/v1/namespaces/x', namespace('x')),
      nobody.merge('/api/v1/namespaces/x', {}),
      nobody.delete('/api/v1/namespaces/x'),
      nobody.delete('/api/v1/namespaces/x/pods'),
      nobody.post('/api/v1/namespaces/x/serviceaccounts/default/token', {}),
    ]
    for (const attempt of attempts) expect((await attempt).status).toBe(403)
  })
})

test('whoever proves nothing is told so, except at public paths', async () => {
  const call = (path: string) => server.call('GET', path, { client: 'none' })
  for (const path of ['/api', '/api/v1/pods', '/', '/.well-known/openid-configuration'])
    expect((await call(path)).json).toMatchObject({ code: 401, reason: 'Unauthorized' })
  for (const path of ['/healthz', '/livez', '/readyz', '/version'])
    expect((await call(path)).status).toBe(200)
})

test('a binding counts from the answer to its writing on, and no longer than it is there', async () => {
  await server.post(`${rbac}/clusterroles`, clusterRole('pods', [rule('list', '', 'pods')]))
  for (let round = 0; round < 10; round++) {
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('ann', 'pods', user('ann')))
    expect((await as('ann').get('/api/v1/pods')).status).toBe(200)
    await server.delete(`${rbac}/clusterrolebindings/ann`)
    expect((await as('ann').get('/api/v1/pods')).status).toBe(403)
  }
})

test('a namespace takes its bindings along', async () => {
  await server.post('/api/v1/namespaces', namespace('short'))
  const binding = roleBinding('short', 'b', { kind: 'ClusterRole', name: 'view' }, group('g'))
  await server.post(`${rbac}/namespaces/short/rolebindings`, binding)
  expect((await as('eve', 'g').get('/api/v1/namespaces/short/pods')).status).toBe(200)
  await server.delete('/api/v1/namespaces/short')
  expect((await as('eve', 'g').get('/api/v1/namespaces/short/pods')).status).toBe(403)
})

describe('escalation', () => {
  const held = rule('get list', '', 'pods')
  const more = rule('delete', '', 'pods')
  const roles = `${rbac}/namespaces/x/roles`
  const bindings = `${rbac}/namespaces/x/rolebindings`
  const writeRbac = rule('create update patch get', 'rbac.authorization.k8s.io', 'roles rolebindings')
  const dan = as('dan')

  beforeAll(async () => {
    await server.post(roles, role('x', 'dan', [held, writeRbac]))
    await server.post(bindings, roleBinding('x', 'dan', { kind: 'Role', name: 'dan' }, user('dan')))
    await server.post(`${rbac}/clusterroles`, clusterRole('deleter', [more]))
    await server.post(`${rbac}/clusterroles`, clusterRole('getter', [rule('get', '', 'pods', 'a')]))
  })

  test('a role may not have more than its writer', async () => {
    expect((await dan.post(roles, role('x', 'same', [held]))).status).toBe(201)
    const { status, json } = await dan.post(roles, role('x', 'more', [held, more]))
    expect(status).toBe(403)
    expect(json.message).toBe(
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "dan" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    )
    expect((await dan.merge(`${roles}/same`, { rules: [more] })).status).toBe(403)
    expect((await dan.merge(`${roles}/same`, { metadata: { labels: { a: 'b' } } })).status).toBe(200)
    expect((await dan.post(`${roles}?dryRun=All`, role('x', 'more', [more]))).status).toBe(403)
  })

  test.each([
    rule('*', '', 'pods'),
    rule('get', '*', 'pods'),
    rule('get', '', '*'),
    rule('get', '', 'pods/status'),
    rule('get', '', '*/status'),
    rule('get', 'apps', 'pods'),
  ])('%j is more', async (wide) => {
    expect((await dan.post(roles, role('x', 'wide', [wide]))).status).toBe(403)
  })

  test('a role that was given more by others may not be changed, not even in its labels', async () => {
    await server.post(roles, role('x', 'strong', [more]))
    expect((await dan.merge(`${roles}/strong`, { metadata: { labels: { a: 'b' } } })).status).toBe(403)
    expect((await dan.merge(`${roles}/strong`, { rules: [more, held] })).status).toBe(403)
    const finalizers = { metadata: { finalizers: ['example.org/x'] } }
    expect((await dan.merge(`${roles}/strong`, finalizers)).status).toBe(200)
  })

  test('a binding may not give more than its writer has', async () => {
    const bind = (name: string, to: string) =>
      dan.post(bindings, roleBinding('x', name, { kind: 'ClusterRole', name: to }, user('friend')))
    expect((await bind('getter', 'getter')).status).toBe(201)
    expect((await bind('deleter', 'deleter')).status).toBe(403)
    expect((await bind('admin', 'cluster-admin')).status).toBe(403)
    const missing = await bind('gone', 'gone')
    expect([missing.status, missing.json.message]).toEqual([
      404,
      'clusterroles.rbac.authorization.k8s.io "gone" not found',
    ])
    const widened = { subjects: [user('dan')] }
    await server.post(
      bindings,
      roleBinding('x', 'strong', { kind: 'ClusterRole', name: 'deleter' }, user('other')),
    )
    expect((await dan.merge(`${bindings}/strong`, widened)).status).toBe(403)
  })

  test('the verbs escalate and bind lift this, for the roles that they name', async () => {
    const lifts = [
      rule('escalate', 'rbac.authorization.k8s.io', 'roles', 'lifted'),
      rule('bind', 'rbac.authorization.k8s.io', 'clusterroles', 'deleter'),
      writeRbac,
    ]
    await server.post(roles, role('x', 'fay', lifts))
    await server.post(bindings, roleBinding('x', 'fay', { kind: 'Role', name: 'fay' }, user('fay')))
    const fay = as('fay')
    expect((await fay.post(roles, role('x', 'lifted', [more]))).status).toBe(201)
    expect((await fay.post(roles, role('x', 'other', [more]))).status).toBe(403)
    const bind = (name: string, to: string) =>
      fay.post(bindings, roleBinding('x', name, { kind: 'ClusterRole', name: to }, user('fay')))
    expect((await bind('fay-1', 'deleter')).status).toBe(201)
    expect((await bind('fay-2', 'cluster-admin')).status).toBe(403)
  })

  test('to aggregate needs everything, since it grants whatever comes', async () => {
    const rules = [rule('create', 'rbac.authorization.k8s.io', 'clusterroles')]
    await server.post(`${rbac}/clusterroles`, clusterRole('gus', rules))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('gus', 'gus', user('gus')))
    const aggregate = { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }
    const { status } = await as('gus').post(`${rbac}/clusterroles`, clusterRole('all', [], aggregate))
    expect(status).toBe(403)
    expect((await as('gus').post(`${rbac}/clusterroles`, clusterRole('none', []))).status).toBe(201)
  })

  test('a rule that is too wide to compare is refused', async () => {
    const many = (prefix: string) => Array.from({ length: 40 }, (_, at) => `${prefix}${at}`)
    const wide = { verbs: many('v'), apiGroups: many('g'), resources: many('r') }
    expect((await dan.post(roles, role('x', 'wide', [wide]))).status).toBe(403)
  })
})

test('what a binding refers to can not be changed', async () => {
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding('fixed', 'view', user('u')))
  const path = `${rbac}/clusterrolebindings/fixed`
  const { json: current } = await server.get(path)
  const { status, json } = await server.put(path, {
    ...current,
    roleRef: { ...current.roleRef, name: 'edit' },
  })
  expect(status).toBe(422)
  expect(json.message).toContain('cannot change roleRef')
})

describe('a node', () => {
  const path = (name: string) => `/api/v1/nodes/${name}/status`
  const status = { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }
  const node = as('system:node:n1', 'system:nodes')

  beforeAll(async () => {
    for (const name of ['n1', 'n2'])
      await server.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  })

  test('writes its own status, and nothing else of nodes, whatever roles say', async () => {
    await server.post(`${rbac}/clusterroles`, clusterRole('nodes', [rule('*', '', 'nodes nodes/status')]))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('nodes', 'nodes', group('system:nodes')))
    expect((await node.merge(path('n1'), status)).status).toBe(200)
    const { json } = await node.merge(path('n2'), status)
    expect([json.code, json.message]).toEqual([
      403,
      'nodes "n2" is forbidden: User "system:node:n1" cannot patch resource "nodes/status" in API group "" at the cluster scope: node "n1" may write nothing of nodes but its own status',
    ])
    expect((await node.merge('/api/v1/nodes/n1', { metadata: { labels: { a: 'b' } } })).status).toBe(403)
    expect((await node.delete('/api/v1/nodes/n1')).status).toBe(403)
    await server.delete(`${rbac}/clusterrolebindings/nodes`)
  })

  test('is no node by its name alone', async () => {
    expect((await as('system:node:n1').merge(path('n1'), status)).status).toBe(403)
    expect((await as('n1', 'system:nodes').merge(path('n1'), status)).status).toBe(403)
  })

  test('reads what an agent needs, and no secrets', async () => {
    const v3 = '/apis/projectcalico.org/v3'
    const needed = ['pods', 'namespaces', 'serviceaccounts', 'nodes', 'services'].map(
      (each) => `/api/v1/${each}`,
    )
    const policy = ['tiers', 'networkpolicies', 'globalnetworkpolicies', 'networksets', 'globalnetworksets']
    for (const each of [...needed, ...policy.map((plural) => `${v3}/${plural}`)])
      expect([each, (await node.get(each)).status]).toEqual([each, 200])
    for (const each of ['/api/v1/secrets', '/api/v1/configmaps', `${rbac}/clusterroles`])
      expect([each, (await node.get(each)).status]).toEqual([each, 403])
    expect((await node.delete(`${v3}/globalnetworkpolicies`)).status).toBe(403)
  })
})
