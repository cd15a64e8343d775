import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterBinding, clusterRole, rbac, rule, user } from '../testing/rbac.ts'
import { TestServer, testTokens } from '../testing/test-server.ts'
import { issueToken } from './service-account/token-issuer.ts'

let server: TestServer
let token: string
const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

beforeAll(async () => {
  server = await TestServer.start()
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }
  const { json } = await server.post('/api/v1/namespaces/default/serviceaccounts', account)
  const { keys, issuer, audiences } = await testTokens()
  const subject = { namespace: 'default', account: { name: 'robot', uid: json.metadata.uid } }
  const terms = { issuer, audiences, issuedAt: server.clock.now(), seconds: 600, id: 'id' }
  token = (await issueToken(subject, terms, keys)).token
  const robot = 'system:serviceaccount:default:robot'
  const rules = [
    rule('impersonate', '', 'users', 'ann'),
    rule('impersonate', '', 'groups', 'dev'),
    rule('impersonate', 'authentication.k8s.io', 'userextras/reason', 'test'),
    rule('impersonate', 'authentication.k8s.io', 'uids', 'u1'),
    rule('impersonate', '', 'serviceaccounts', 'other'),
  ]
  await server.post(`${rbac}/clusterroles`, clusterRole('act', rules))
  await server.post(`${rbac}/clusterrolebindings`, clusterBinding('act', 'act', user(robot)))
})
afterAll(() => server.close())

const ask = (headers: Record<string, string>) =>
  server.call('POST', whoAmI, { headers: { authorization: `Bearer ${token}`, ...headers }, client: 'none' })

test('whoever may act as somebody is him, with all that was claimed', async () => {
  const { status, json } = await ask({
    'impersonate-user': 'ann',
    'impersonate-group': 'dev',
    'impersonate-uid': 'u1',
    'impersonate-extra-reason': 'test',
  })
  expect([status, json.status.userInfo]).toEqual([
    201,
    {
      username: 'ann',
      uid: 'u1',
      groups: ['dev', 'system:authenticated'],
      extra: { reason: ['test'] },
    },
  ])
})

test('a service account comes with its groups', async () => {
  const { json } = await ask({ 'impersonate-user': 'system:serviceaccount:x:other' })
  expect(json.status.userInfo.groups).toEqual([
    'system:serviceaccounts',
    'system:serviceaccounts:x',
    'system:authenticated',
  ])
})

test.each([
  [
    { 'impersonate-user': 'bob' },
    'users "bob" is forbidden: User "system:serviceaccount:default:robot" cannot impersonate resource "users" in API group "" at the cluster scope',
  ],
  [
    { 'impersonate-user': 'ann', 'impersonate-group': 'system:masters' },
    'groups "system:masters" is forbidden',
  ],
  [{ 'impersonate-user': 'ann', 'impersonate-uid': 'u2' }, 'uids.authentication.k8s.io "u2" is forbidden'],
  [
    { 'impersonate-user': 'ann', 'impersonate-extra-reason': 'x' },
    'userextras.authentication.k8s.io "x" is forbidden',
  ],
  [{ 'impersonate-user': 'ann', 'impersonate-extra-other': 'test' }, 'resource "userextras/other"'],
  [{ 'impersonate-user': 'system:serviceaccount:x:robot' }, 'serviceaccounts "robot" is forbidden'],
])('%j is refused', async (headers, message) => {
  const { status, json } = await ask(headers)
  expect([status, json.message]).toEqual([403, expect.stringContaining(message)])
})

test.each([
  { 'impersonate-group': 'dev' },
  { 'impersonate-uid': 'u1' },
  { 'impersonate-extra-reason': 'test' },
])('%j without a user is a mistake', async (headers) => expect((await ask(headers)).status).toBe(400))

test('nobody acts as somebody', async () => {
  const headers = { 'impersonate-user': 'ann' }
  expect((await server.call('POST', whoAmI, { headers, client: 'none' })).status).toBe(401)
})

test('the administrator may act as anybody, and then has no more rights than that one', async () => {
  const { json } = await server.call('GET', '/api/v1/pods', { headers: { 'impersonate-user': 'ann' } })
  expect(json.code).toBe(403)
})
