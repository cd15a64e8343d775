/** Changes of roles and bindings by those who may write them, and hold little else. */
import type { PolicyRule } from '@margay/resources'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clusterBinding, clusterRole, rbac, rule, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'

const group = 'rbac.authorization.k8s.io'
const aggregateTo = (role: string) => ({
  metadata: { labels: { [`${group}/aggregate-to-${role}`]: 'true' } },
})
const roles = `${rbac}/clusterroles`
const writeRoles = rule('get update patch', group, 'clusterroles clusterrolebindings')
const readPods = rule('get', '', 'pods')

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server.close())

let who = ''
let count = 0
beforeEach(async () => {
  who = `writer-${++count}`
  await grant(writeRoles, readPods)
})

async function grant(...rules: PolicyRule[]): Promise<void> {
  await server.post(roles, clusterRole(who, rules))
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding(who, who, user(who)))
}

const patch = (path: string, body: object) =>
  server.call('PATCH', path, {
    headers: { 'impersonate-user': who, 'content-type': 'application/merge-patch+json' },
    body,
  })
const put = (path: string, body: object) =>
  server.call('PUT', path, { headers: { 'impersonate-user': who }, body })

test('a label that makes a mighty role a part of one that one has is refused', async () => {
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding(`${who}-view`, 'view', user(who)))
  const { status, json } = await patch(`${roles}/cluster-admin`, aggregateTo('view'))
  expect(status).toBe(403)
  expect(json.message).toContain('is attempting to grant RBAC permissions not currently held')
  const secrets = '/api/v1/namespaces/default/secrets'
  expect((await server.get(secrets, { 'impersonate-user': who })).status).toBe(403)
})

test('a label on a role whose rules one holds is let through', async () => {
  await server.post(roles, clusterRole(`${who}-pods`, [readPods]))
  expect((await patch(`${roles}/${who}-pods`, { metadata: { labels: { a: 'b' } } })).status).toBe(200)
})

test.each([
  ['its selectors taken away', { aggregationRule: null, rules: [] }],
  ['another label', { metadata: { labels: { a: 'b' } } }],
  ['other selectors', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }],
])('an aggregated role with %s needs everything', async (_, change) => {
  await server.post(
    roles,
    clusterRole(`${who}-all`, [], {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: 'y' } }] },
    }),
  )
  expect((await patch(`${roles}/${who}-all`, change)).status).toBe(403)
})

test('whoever holds nothing of a role may still write it as it is, or with a finalizer', async () => {
  const { json } = await server.get(`${roles}/cluster-admin`)
  expect((await put(`${roles}/cluster-admin`, json)).status).toBe(200)
  const finalizers = (names: string[]) => patch(`${roles}/edit`, { metadata: { finalizers: names } })
  expect((await finalizers(['example.org/hold'])).status).toBe(200)
  expect((await finalizers([])).status).toBe(200)
})
