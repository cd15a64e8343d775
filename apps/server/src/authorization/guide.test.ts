/** The roles that the guide prints do what it says of them. */
import { readFileSync } from 'node:fs'
import { parseManifests } from '@margay/resources'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inDefault, policy, tier, v3 } from '../testing/objects.ts'
import { clusterBinding, rbac, roleBinding, user } from '../testing/rbac.ts'
import { TestServer } from '../testing/test-server.ts'

const guide = readFileSync(new URL('../../../../docs/guide/access.md', import.meta.url), 'utf8')
const path = `${inDefault}/networkpolicies`
let server: TestServer

beforeAll(async () => {
  server = await TestServer.start()
  for (const [, yaml = ''] of guide.matchAll(/```yaml\n([\s\S]*?)```/g)) {
    for (const { value } of parseManifests(yaml, 'access.md'))
      expect((await server.post(`${rbac}/clusterroles`, value)).status).toBe(201)
  }
  await server.post(`${v3}/tiers`, tier('team'))
  await server.post(path, policy('team.web', { tier: 'team' }))
  await server.post(path, policy('web'))
})
afterAll(() => server.close())

const call = async (who: string, method: string, target: string, body?: object) => {
  const headers = { 'impersonate-user': who }
  const { status, json } = await server.call(method, target, {
    headers,
    ...(body === undefined ? {} : { body }),
  })
  return { status, names: json?.items?.map((item: { metadata: { name: string } }) => item.metadata.name) }
}
const bind = (role: string) =>
  server.post(`${rbac}/clusterrolebindings`, clusterBinding(role, role, user(role)))

test.each([
  ['tier-default-reader', ['web'], 403],
  ['tier-team-reader', ['team.web'], 403],
  ['tier-team-editor', ['team.web'], 201],
])('%s lists %j, and is told %s for a new policy of tier team', async (role, names, created) => {
  await bind(role)
  expect(await call(role, 'GET', path)).toEqual({ status: 200, names })
  const { status } = await call(role, 'POST', `${path}?dryRun=All`, policy('new', { tier: 'team' }))
  expect(status).toBe(created)
  expect((await call(role, 'DELETE', `${v3}/tiers/team`)).status).toBe(403)
})

test('an author of policies writes those of tier default in his namespace, with get on that tier', async () => {
  const author = 'margay:policy-author'
  const binding = roleBinding('default', author, { kind: 'ClusterRole', name: author }, user('paul'))
  await server.post(`${rbac}/namespaces/default/rolebindings`, binding)
  const create = (space: string, spec: object) =>
    call(
      'paul',
      'POST',
      `${v3}/namespaces/${space}/networkpolicies`,
      policy('new', spec, { namespace: space }),
    )
  expect((await create('default', {})).status).toBe(403)
  const getter = clusterBinding('paul', 'margay:default-tier-getter', user('paul'))
  await server.post(`${rbac}/clusterrolebindings`, getter)
  expect((await create('default', {})).status).toBe(201)
  expect((await create('default', { tier: 'team' })).status).toBe(403)
  expect((await create('kube-system', {})).status).toBe(403)
})
