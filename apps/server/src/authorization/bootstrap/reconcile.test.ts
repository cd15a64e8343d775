import { MemoryStore } from '@margay/storage'
import { describe, expect, test } from 'vitest'
import { clusterBinding, clusterRole, group, rbac, rule } from '../../testing/rbac.ts'
import { TestServer } from '../../testing/test-server.ts'
import { autoupdate, reconcileBinding, reconcileRole } from './reconcile.ts'

const left = { metadata: { name: 'r', annotations: { [autoupdate]: 'false' } } }
const wanted = clusterRole('r', [rule('get list', '', 'pods')])

describe('a role', () => {
  test('gets the rules that it lacks, and keeps those that it has besides', () => {
    const existing = clusterRole('r', [rule('get', '', 'pods'), rule('get', '', 'nodes')])
    expect(reconcileRole(existing, wanted).rules).toEqual([
      ...(existing.rules ?? []),
      rule('list', '', 'pods'),
    ])
  })

  test.each([
    ['that has all by other rules', clusterRole('r', [rule('*', '*', '*')])],
    ['that was taken out of this', clusterRole('r', [], left)],
  ])('%s stays as it is', (_, existing) => expect(reconcileRole(existing, wanted)).toBe(existing))
})

describe('a binding', () => {
  const binding = clusterBinding('r', 'r', group('a'))
  test('gets the subjects that it lacks', () => {
    expect(reconcileBinding(clusterBinding('r', 'r', group('b')), binding).subjects).toEqual([
      group('b'),
      group('a'),
    ])
  })
  test('that has them, or was taken out of this, stays as it is', () => {
    const more = clusterBinding('r', 'r', group('a'), group('b'))
    expect(reconcileBinding(more, binding)).toBe(more)
    const alone = { ...clusterBinding('r', 'r'), ...left }
    expect(reconcileBinding(alone, binding)).toBe(alone)
  })
})

describe('a server', () => {
  test('starts with the roles and bindings of Kubernetes, and writes nothing when it starts again', async () => {
    const store = new MemoryStore()
    const first = await TestServer.start(store)
    const { json } = await first.get(`${rbac}/clusterroles`)
    const names = json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    expect(names).toEqual(
      expect.arrayContaining([
        'admin',
        'cluster-admin',
        'edit',
        'margay:auditor',
        'system:basic-user',
        'view',
      ]),
    )
    const revision = await store.currentRevision()
    const second = await TestServer.start(store)
    expect(await store.currentRevision()).toBe(revision)
    await second.close()
  })

  test('mends them at the next start, except those that are marked', async () => {
    const store = new MemoryStore()
    const first = await TestServer.start(store)
    const at = (name: string) => `${rbac}/clusterrolebindings/${name}`
    await first.patch(at('system:discovery'), 'merge', { subjects: [] })
    await first.patch(at('system:basic-user'), 'merge', {
      subjects: [],
      metadata: { annotations: { [autoupdate]: 'false' } },
    })
    const second = await TestServer.start(store)
    expect((await second.get(at('system:discovery'))).json.subjects).toHaveLength(1)
    expect((await second.get(at('system:basic-user'))).json.subjects).toEqual([])
    await second.close()
  })

  test('writes the rules of aggregated roles, and keeps them up to date', async () => {
    const server = await TestServer.start()
    const rulesOf = async (name: string) => (await server.get(`${rbac}/clusterroles/${name}`)).json.rules
    const edit = await rulesOf('edit')
    expect(edit).toEqual(expect.arrayContaining(await rulesOf('view')))
    expect(await rulesOf('admin')).toEqual(expect.arrayContaining(edit))
    const added = rule('get', 'example.org', 'things')
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
    await server.post(
      `${rbac}/clusterroles`,
      clusterRole('more', [added], { metadata: { name: 'more', labels } }),
    )
    await expect.poll(() => rulesOf('admin')).toContainEqual(added)
    await server.delete(`${rbac}/clusterroles/more`)
    await expect.poll(() => rulesOf('admin')).not.toContainEqual(added)
    await server.close()
    expect(server.errors).toEqual([])
  })
})

describe('the roles ready to bind', () => {
  test('admin has neither escalate nor bind, view has no secrets', async () => {
    const server = await TestServer.start()
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('a', 'admin', group('admins')))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('v', 'view', group('viewers')))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding('u', 'margay:auditor', group('auditors')))
    const may = async (who: string, verb: string, of: string, resource: string) => {
      const spec = { groups: [who], resourceAttributes: { verb, group: of, resource, namespace: 'default' } }
      return (await server.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec })).json.status
        .allowed
    }
    const of = 'rbac.authorization.k8s.io'
    expect(await may('admins', 'create', of, 'rolebindings')).toBe(true)
    for (const verb of ['bind', 'escalate']) expect(await may('admins', verb, of, 'roles')).toBe(false)
    expect(await may('admins', 'create', of, 'clusterrolebindings')).toBe(false)
    expect(await may('viewers', 'list', '', 'pods')).toBe(true)
    for (const who of ['viewers', 'auditors']) expect(await may(who, 'list', '', 'secrets')).toBe(false)
    for (const resource of ['networkpolicies', 'stagedglobalnetworkpolicies'])
      expect(await may('auditors', 'list', 'projectcalico.org', resource)).toBe(true)
    expect(await may('auditors', 'list', of, 'clusterrolebindings')).toBe(true)
    expect(await may('auditors', 'create', 'projectcalico.org', 'networkpolicies')).toBe(false)
    await server.close()
  })
})
