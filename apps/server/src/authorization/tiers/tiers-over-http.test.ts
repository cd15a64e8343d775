/** Lists, watches, moves between tiers, and the role of the documentation. */
import type { PolicyRule } from '@margay/resources'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inDefault, policy, tier, v3 } from '../../testing/objects.ts'
import { clusterBinding, clusterRole, rbac, roleBinding, rule, user } from '../../testing/rbac.ts'
import { TestServer } from '../../testing/test-server.ts'

const calico = 'projectcalico.org'
const path = `${inDefault}/networkpolicies`
const getTiers = rule('get', calico, 'tiers')
const all = 'get list watch create update patch delete deletecollection'
const policies = (verbs: string, ...names: string[]) => rule(verbs, calico, 'tier.networkpolicies', ...names)

let server: TestServer
let count = 0
beforeAll(async () => {
  server = await TestServer.start()
  for (const name of ['a', 'b', 'c']) {
    await server.post(`${v3}/tiers`, tier(name))
    await server.post(path, policy(`${name}.p`, { tier: name }))
  }
})
afterAll(() => server.close())

let who = ''
beforeEach(() => {
  who = `user-${++count}`
})

async function grant(...rules: PolicyRule[]): Promise<void> {
  await server.call('PUT', `${rbac}/clusterroles/${who}`, { body: clusterRole(who, rules) })
  await server.post(`${rbac}/clusterroles`, clusterRole(who, rules))
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding(who, who, user(who)))
}

const call = (method: string, target: string, body?: unknown, headers: Record<string, string> = {}) =>
  server.call(method, target, {
    headers: { 'impersonate-user': who, ...headers },
    ...(body === undefined ? {} : { body }),
  })
const names = async (query = ''): Promise<string[]> => {
  const { json } = await call('GET', `${path}${query}`)
  return json.items?.map((item: { metadata: { name: string } }) => item.metadata.name) ?? json.message
}

describe('a list', () => {
  test('shows the policies of all permitted tiers, and no others', async () => {
    await grant(getTiers, policies('get list', 'a.*', 'c.*'))
    expect(await names()).toEqual(['a.p', 'c.p'])
    expect(await names('?labelSelector=projectcalico.org/tier=a')).toEqual(['a.p'])
    expect(await names('?labelSelector=projectcalico.org/tier%20in%20(a,c)')).toEqual(['a.p', 'c.p'])
    expect(await names('?fieldSelector=spec.tier==c')).toEqual(['c.p'])
    expect(await names('?labelSelector=x%20notin%20(y)&limit=1')).toEqual(['a.p'])
  })

  test('that names a tier which is not permitted fails as a whole', async () => {
    await grant(getTiers, policies('list', 'a.*'))
    expect(await names('?labelSelector=projectcalico.org/tier%20in%20(a,b)')).toContain('in tier "b"')
    expect(await names('?fieldSelector=spec.tier=b&labelSelector=projectcalico.org/tier=a')).toContain(
      'in tier "b"',
    )
  })

  test.each([
    ['?labelSelector=projectcalico.org/tier!=a', 'takes =, == and in only'],
    ['?labelSelector=!projectcalico.org/tier', 'takes =, == and in only'],
    ['?labelSelector=projectcalico.org/tier', 'takes =, == and in only'],
    ['?fieldSelector=spec.tier!=a', 'takes = and == only'],
  ])('with %s is told that the tiers must be known', async (query, message) => {
    await grant(getTiers, policies('list'))
    const { status, json } = await call('GET', `${path}${query}`)
    expect(status).toBe(400)
    expect(json.message).toContain(message)
  })

  test('for whom no tier is permitted is refused', async () => {
    await grant(getTiers, policies('get', 'a.*'))
    const { status, json } = await call('GET', path)
    expect(status).toBe(403)
    expect(json.message).toBe(
      `networkpolicies.projectcalico.org is forbidden: User "${who}" cannot list resource "networkpolicies" in API group "projectcalico.org" in the namespace "default": no tier permits it`,
    )
  })

  test('over all namespaces needs the right in the whole cluster', async () => {
    await server.post(`${rbac}/clusterroles`, clusterRole(who, [policies(all)]))
    await server.post(`${rbac}/clusterroles`, clusterRole(`${who}-tiers`, [getTiers]))
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding(who, `${who}-tiers`, user(who)))
    const binding = roleBinding('default', who, { kind: 'ClusterRole', name: who }, user(who))
    await server.post(`${rbac}/namespaces/default/rolebindings`, binding)
    expect((await call('GET', path)).status).toBe(200)
    expect((await call('GET', `${v3}/networkpolicies`)).status).toBe(403)
    expect((await call('GET', `${v3}/namespaces/kube-system/networkpolicies`)).status).toBe(403)
  })

  test('of one policy by its name may be permitted by that name', async () => {
    await grant(getTiers, policies('list', 'b.p'))
    expect(await names('?fieldSelector=metadata.name=b.p')).toEqual(['b.p'])
    expect((await call('GET', path)).status).toBe(403)
    expect((await call('GET', `${path}?fieldSelector=metadata.name=a.p`)).status).toBe(403)
  })
})

describe('an object that is not there', () => {
  test('is a 404 for those who may see it in some tier, and a 403 for all others', async () => {
    await grant(getTiers, policies('get', 'a.*'))
    expect((await call('GET', `${path}/nothing`)).status).toBe(404)
    expect((await call('DELETE', `${path}/nothing`)).status).toBe(403)
  })
})

describe('a move to another tier', () => {
  const moved = (to: string) => ({ spec: { tier: to } })
  const patch = { 'content-type': 'application/merge-patch+json' }

  test('needs the right in both', async () => {
    await grant(getTiers, policies('create update patch', 'a.*', 'b.*'))
    await call('POST', path, policy('moving', { tier: 'a' }))
    expect((await call('PATCH', `${path}/moving`, moved('b'), patch)).status).toBe(200)
    const { status, json } = await call('PATCH', `${path}/moving`, moved('c'), patch)
    expect([status, json.message]).toEqual([403, expect.stringContaining('cannot patch')])
    expect(json.message).toContain('in tier "c"')
    expect((await server.get(`${path}/moving`)).json.spec.tier).toBe('b')
  })

  test('out of a tier is not possible for a stranger to it', async () => {
    await grant(getTiers, policies('update patch', 'a.*'))
    const { json } = await call('PATCH', `${path}/c.p`, moved('a'), patch)
    expect(json.message).toContain('in tier "c"')
  })
})

describe('server-side apply', () => {
  const apply = (name: string, of: string) =>
    call('PATCH', `${path}/${name}?fieldManager=t`, policy(name, { tier: of }), {
      'content-type': 'application/apply-patch+yaml',
    })

  test('of a new policy needs patch and create in its tier', async () => {
    await grant(getTiers, policies('patch', 'a.*'))
    expect((await apply('fresh', 'a')).json.message).toContain('cannot create')
    expect((await apply('fresh', 'b')).json.message).toContain('cannot patch')
    who = `${who}-2`
    await grant(getTiers, policies('patch create', 'a.*'))
    expect((await apply('fresh', 'a')).status).toBe(201)
    expect((await apply('fresh', 'b')).status).toBe(403)
    await server.delete(`${path}/fresh`)
  })
})

describe('a watch', () => {
  test('shows what is permitted, and ends when that becomes more or less', async () => {
    await grant(getTiers, policies('list watch', 'a.*', 'later.*'))
    const watch = await server.watch(`${path}?watch=1`, { 'impersonate-user': who })
    expect((await watch.next())?.object.metadata.name).toBe('a.p')
    await server.post(path, policy('b.hidden', { tier: 'b' }))
    await server.post(path, policy('a.shown', { tier: 'a' }))
    expect((await watch.next())?.object.metadata.name).toBe('a.shown')
    await server.post(`${v3}/tiers`, tier('later'))
    expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
    expect(await watch.next()).toBeUndefined()
    await server.delete(`${path}/b.hidden`)
    await server.delete(`${path}/a.shown`)
  })

  test('ends when the right to it is taken', async () => {
    await grant(getTiers, policies('watch', 'a.*'), rule('watch', '', 'pods'))
    const watches = await Promise.all(
      [`${path}?watch=1`, '/api/v1/pods?watch=1'].map((each) =>
        server.watch(each, { 'impersonate-user': who }),
      ),
    )
    await watches[0]?.next()
    await server.delete(`${rbac}/clusterrolebindings/${who}`)
    for (const watch of watches)
      expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } })
  })

  test('of whoever may see all tiers goes on when there is a new one', async () => {
    await grant(getTiers, policies('watch'))
    const watch = await server.watch(`${path}?watch=1&labelSelector=new`, { 'impersonate-user': who })
    await server.post(`${v3}/tiers`, tier('newest'))
    await server.post(path, policy('x', { tier: 'newest' }, { labels: { new: '' } }))
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'x' } } })
    watch.close()
  })
})

test('the role tier-default-reader of the documentation reads the policies of tier default', async () => {
  await server.post(`${rbac}/clusterroles`, {
    kind: 'ClusterRole',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: { name: 'tier-default-reader' },
    rules: [
      {
        apiGroups: ['projectcalico.org'],
        resources: ['tiers'],
        resourceNames: ['default'],
        verbs: ['get'],
      },
      {
        apiGroups: ['projectcalico.org'],
        resources: ['tier.networkpolicies'],
        resourceNames: ['default.*'],
        verbs: ['get', 'list'],
      },
    ],
  })
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding(who, 'tier-default-reader', user(who)))
  await server.post(path, policy('of-default'))
  expect(await names()).toEqual(['of-default'])
  const attempts = [
    call('GET', `${v3}/tiers/default`),
    call('GET', `${path}/of-default`),
    call('GET', `${path}/a.p`),
    call('DELETE', `${path}/of-default`),
    call('GET', `${v3}/tiers`),
    call('GET', `${path}?watch=1`),
    call('GET', `${v3}/globalnetworkpolicies`),
  ]
  const statuses = (await Promise.all(attempts)).map(({ status }) => status)
  expect(statuses).toEqual([200, 200, 403, 403, 403, 403, 403])
})
