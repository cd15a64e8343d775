import { afterAll, beforeAll, expect, test } from 'vitest'
import { v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

const profiles = `${v3}/profiles`
const path = `${profiles}/projectcalico-default-allow`
const headers = { 'content-type': 'application/apply-patch+yaml' }
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const profile = (name: string, spec: object = {}) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Profile',
  metadata: { name },
  spec,
})

test('the built-in profile is there from the start, and allows everything', async () => {
  const spec = { ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] }
  expect(await server.get(path)).toMatchObject({ status: 200, json: { kind: 'Profile', spec } })
  const { json } = await server.get(profiles)
  expect(json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
    'projectcalico-default-allow',
  ])
})

test.each([
  ['PUT', () => putBack()],
  ['merge patch', () => server.patch(path, 'merge', { spec: { egress: [] } })],
  ['patch of metadata', () => server.patch(path, 'merge', { metadata: { labels: { a: 'b' } } })],
  [
    'apply',
    () =>
      server.call('PATCH', `${path}?fieldManager=me&force=true`, {
        headers,
        body: profile('projectcalico-default-allow', { egress: [{ action: 'Deny' }] }),
      }),
  ],
  ['delete', () => server.delete(path)],
  ['delete of all', () => server.delete(profiles)],
  ['dry run of delete', () => server.delete(`${path}?dryRun=All`)],
] as const)('%s is refused', async (_, write) => {
  const before = (await server.get(path)).json
  expect(await write()).toMatchObject({
    status: 403,
    json: {
      kind: 'Status',
      reason: 'Forbidden',
      message: expect.stringContaining('a built-in profile can not be changed or deleted'),
      details: { name: 'projectcalico-default-allow', kind: 'profiles' },
    },
  })
  expect((await server.get(path)).json).toEqual(before)
})

async function putBack() {
  const { json } = await server.get(path)
  return server.call('PUT', path, { body: { ...json, spec: { ingress: [{ action: 'Deny' }] } } })
}

test('making it anew is a conflict', async () => {
  const answer = await server.post(profiles, profile('projectcalico-default-allow'))
  expect(answer).toMatchObject({ status: 409, json: { reason: 'AlreadyExists' } })
})

test('other profiles are made, changed and deleted as ever', async () => {
  expect((await server.post(profiles, profile('own'))).status).toBe(201)
  const spec = { egress: [{ action: 'Deny' }] }
  expect((await server.patch(`${profiles}/own`, 'merge', { spec })).status).toBe(200)
  expect((await server.delete(`${profiles}/own`)).status).toBe(200)
})
