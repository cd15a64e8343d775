import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clusterBinding, group, rbac } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'

const assertions = '/apis/policy.margay.io/v1alpha1/networkassertions'
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})
beforeEach(async () => {
  await server.delete(assertions)
})

const assertion = (spec: object) => ({
  apiVersion: 'policy.margay.io/v1alpha1',
  kind: 'NetworkAssertion',
  metadata: { name: 'a' },
  spec: { require: 'never', from: { selector: 'has(web)' }, to: { nets: ['10.0.0.0/8'] }, ...spec },
})

test('an assertion is written, read, changed and deleted', async () => {
  const { status, json } = await server.post(assertions, assertion({ mode: 'Enforce' }))
  expect(status).toBe(201)
  expect(json.metadata).toMatchObject({ name: 'a', generation: 1 })
  const changed = await server.patch(`${assertions}/a`, 'merge', { spec: { mode: null } })
  expect(changed).toMatchObject({
    status: 200,
    json: { metadata: { generation: 2 }, spec: { mode: 'Audit' } },
  })
  expect((await server.get(assertions)).json.items).toHaveLength(1)
  expect((await server.delete(`${assertions}/a`)).status).toBe(200)
  expect((await server.get(`${assertions}/a`)).status).toBe(404)
})

test('what is wrong in it is a 422 that names the field', async () => {
  expect(await server.post(assertions, assertion({ require: 'seldom' }))).toMatchObject({
    status: 422,
    json: { details: { causes: [{ field: 'spec.require', reason: 'FieldValueNotSupported' }] } },
  })
})

test('its status is a resource of its own', async () => {
  await server.post(assertions, assertion({}))
  const condition = {
    type: 'Holds',
    status: 'True',
    reason: 'Proved',
    message: '',
    lastTransitionTime: '2026-01-02T03:04:05Z',
  }
  const path = `${assertions}/a/status`
  const { status, json } = await server.patch(path, 'merge', {
    status: { conditions: [condition] },
    spec: { require: 'always' },
  })
  expect([status, json.spec.require, json.status.conditions]).toEqual([200, 'never', [condition]])
})

test('roles: those who write policies may read assertions, and a role of its own writes them', async () => {
  for (const role of [
    'margay:tier-editor',
    'margay:policy-author',
    'margay:auditor',
    'margay:assertion-editor',
  ])
    await server.post(`${rbac}/clusterrolebindings`, clusterBinding(role, role, group(role)))
  const may = async (who: string, verb: string) => {
    const resourceAttributes = { verb, group: 'policy.margay.io', resource: 'networkassertions' }
    const spec = { groups: [who], resourceAttributes }
    const { json } = await server.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec })
    return json.status.allowed
  }
  for (const role of ['margay:tier-editor', 'margay:policy-author', 'margay:auditor'])
    expect([role, await may(role, 'list'), await may(role, 'update')]).toEqual([role, true, false])
  expect([
    await may('margay:assertion-editor', 'list'),
    await may('margay:assertion-editor', 'update'),
  ]).toEqual([true, true])
  expect(await may('somebody', 'list')).toBe(false)
})
