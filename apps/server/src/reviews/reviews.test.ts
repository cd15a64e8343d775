import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inDefault, policy, tier, v3 } from '../testing/objects.ts'
import { clusterBinding, clusterRole, group, rbac, roleBinding, rule, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'

const reviews = '/apis/authorization.k8s.io/v1'
const calico = 'projectcalico.org'
let server: TestServer

beforeAll(async () => {
  server = await TestServer.start()
  const rules = [
    rule('get list', '', 'pods'),
    rule('get', calico, 'tiers', 'a', 'b'),
    rule('get list create', calico, 'tier.networkpolicies', 'a.*'),
    { verbs: ['get'], nonResourceURLs: ['/metrics'] },
  ]
  await server.post(`${rbac}/clusterroles`, clusterRole('ann', rules))
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding('ann', 'ann', user('ann')))
  const binding = roleBinding('default', 'edit', { kind: 'ClusterRole', name: 'edit' }, group('editors'))
  await server.post(`${rbac}/namespaces/default/rolebindings`, binding)
  for (const name of ['a', 'b']) {
    await server.post(`${v3}/tiers`, tier(name))
    await server.post(`${inDefault}/networkpolicies`, policy(`${name}.p`, { tier: name }))
  }
})
afterAll(() => server.close())

const ask = async (spec: object) =>
  (await server.post(`${reviews}/subjectaccessreviews`, { spec })).json.status
const resource = (verb: string, target: string, name = '', namespace = 'default') => {
  const [of = '', plural = '', subresource = ''] = target.split(':')
  return { verb, group: of, resource: plural, subresource, name, namespace }
}

test.each([
  ['ann', [], resource('list', ':pods'), true, 'ClusterRoleBinding "ann" of ClusterRole "ann" to User "ann"'],
  ['ann', [], resource('delete', ':pods'), false, undefined],
  ['ann', ['system:masters'], resource('delete', ':pods'), true, undefined],
  ['bob', ['editors'], resource('create', ':serviceaccounts:token'), true, 'RoleBinding "edit/default"'],
  ['bob', ['editors'], resource('create', ':pods', '', 'kube-system'), false, undefined],
  ['system:node:n', ['system:nodes'], resource('patch', ':nodes:status', 'n', ''), true, 'its own status'],
  ['ann', [], resource('list', `${calico}:networkpolicies`), true, 'permitted in tier a'],
  ['ann', [], resource('watch', `${calico}:networkpolicies`), false, 'no tier permits it'],
  ['ann', [], resource('get', `${calico}:networkpolicies`, 'a.p'), true, 'permitted in tier a'],
  ['ann', [], resource('get', `${calico}:networkpolicies`, 'b.p'), false, 'tier "b" does not permit it'],
  ['ann', [], resource('get', `${calico}:tier.networkpolicies`, 'a.*'), true, 'ClusterRole "ann"'],
] as const)('may %s of %j do %j: %s', async (name, groups, resourceAttributes, allowed, reason) => {
  const status = await ask({ user: name, groups, resourceAttributes })
  expect(status.allowed).toBe(allowed)
  if (reason !== undefined) expect(status.reason).toContain(reason)
})

test('a node that writes of others is denied, not only not allowed', async () => {
  const resourceAttributes = resource('patch', ':nodes:status', 'other', '')
  const status = await ask({ user: 'system:node:n', groups: ['system:nodes'], resourceAttributes })
  expect(status).toMatchObject({ allowed: false, denied: true })
})

test('paths are asked for as well', async () => {
  const nonResourceAttributes = { verb: 'get', path: '/metrics' }
  expect(await ask({ user: 'ann', nonResourceAttributes })).toMatchObject({ allowed: true })
  expect(await ask({ user: 'bob', nonResourceAttributes })).toMatchObject({ allowed: false })
})

describe('a question that makes no sense is refused', () => {
  const some = resource('get', ':pods')
  test.each([
    ['subjectaccessreviews', { user: 'u' }, 422],
    ['subjectaccessreviews', { user: 'u', resourceAttributes: some, nonResourceAttributes: {} }, 422],
    ['subjectaccessreviews', { resourceAttributes: some }, 422],
    ['subjectaccessreviews', { user: 'u', groups: 'g', resourceAttributes: some }, 400],
    ['namespaces/kube-system/localsubjectaccessreviews', { user: 'u', resourceAttributes: some }, 400],
    ['localsubjectaccessreviews', { user: 'u', resourceAttributes: some }, 404],
    ['namespaces/default/subjectaccessreviews', { user: 'u', resourceAttributes: some }, 404],
    ['selfsubjectrulesreviews', {}, 400],
  ])('%s %j', async (path, spec, code) => {
    expect((await server.post(`${reviews}/${path}`, { spec })).json.code).toBe(code)
  })

  test('and so is another kind, or another method', async () => {
    expect((await server.post(`${reviews}/subjectaccessreviews`, { kind: 'Pod', spec: {} })).status).toBe(400)
    expect((await server.get(`${reviews}/subjectaccessreviews`)).status).toBe(405)
  })
})

test('a local review answers for its namespace', async () => {
  const spec = { user: 'x', groups: ['editors'], resourceAttributes: resource('create', ':pods') }
  const { json } = await server.post(`${reviews}/namespaces/default/localsubjectaccessreviews`, { spec })
  expect(json).toMatchObject({ metadata: { namespace: 'default' }, spec, status: { allowed: true } })
})

describe('somebody who asks about himself', () => {
  const self = async (kind: string, spec: object, name = 'ann') => {
    const headers = { 'impersonate-user': name }
    return (await server.call('POST', `${reviews}/${kind}`, { headers, body: { spec } })).json.status
  }

  test('is told what he may do', async () => {
    expect(
      await self('selfsubjectaccessreviews', { resourceAttributes: resource('get', ':pods') }),
    ).toMatchObject({
      allowed: true,
    })
    expect(
      await self('selfsubjectaccessreviews', { resourceAttributes: resource('get', ':pods') }, 'bob'),
    ).toEqual({ allowed: false })
  })

  test('is told all rules that he has', async () => {
    const status = await self('selfsubjectrulesreviews', { namespace: 'default' })
    expect(status.incomplete).toBe(false)
    expect(status.resourceRules).toContainEqual(rule('get list', '', 'pods'))
    expect(status.nonResourceRules).toContainEqual({ verbs: ['get'], nonResourceURLs: ['/metrics'] })
    const nobody = await self('selfsubjectrulesreviews', { namespace: 'default' }, 'nobody')
    expect(
      nobody.resourceRules.flatMap(({ resources }: { resources: string[] }) => resources).sort(),
    ).toEqual(['selfsubjectaccessreviews', 'selfsubjectreviews', 'selfsubjectrulesreviews'])
  })

  test('may not ask about others', async () => {
    const headers = { 'impersonate-user': 'ann' }
    const body = { spec: { user: 'bob', resourceAttributes: resource('get', ':pods') } }
    const { status } = await server.call('POST', `${reviews}/subjectaccessreviews`, { headers, body })
    expect(status).toBe(403)
  })
})

test('a misspelt field of a question is refused to those who are strict, as kubectl is', async () => {
  const body = { spec: { user: 'ann', groop: 'editors', resourceAttributes: resource('list', ':pods') } }
  const path = `${reviews}/subjectaccessreviews`
  const { status, json } = await server.post(`${path}?fieldValidation=Strict`, body)
  expect([status, json.message]).toEqual([
    400,
    'SubjectAccessReview in version "v1" cannot be handled as a SubjectAccessReview: strict decoding error: unknown field "spec.groop"',
  ])
  expect((await server.post(path, body)).status).toBe(201)
})
