import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secret } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

const path = '/api/v1/namespaces/default'
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { key: 'a' },
  ...more,
})

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
  for (const [name, immutable] of [
    ['locked', true],
    ['open', undefined],
  ] as const) {
    await server.post(`${path}/secrets`, secret(name, { immutable }))
    await server.post(`${path}/configmaps`, configMap(name, { immutable }))
  }
})
afterAll(() => server.close())

describe.each(['secrets', 'configmaps'])('%s', (plural) => {
  const change = (name: string, body: object) => server.patch(`${path}/${plural}/${name}`, 'merge', body)

  test.each([
    ['data', { data: { key: 'Yg==' } }],
    ['data', { data: { more: 'Yg==' } }],
    ['data', { data: null }],
    ['immutable', { immutable: false }],
    ['immutable', { immutable: null }],
  ])('that are locked keep %s: %j', async (field, body) => {
    const { json } = await change('locked', body)
    expect(json).toMatchObject({ code: 422, details: { causes: [{ field }] } })
    expect(json.message).toContain(`${field}: Forbidden: field is immutable when \`immutable\` is set`)
  })

  test('that are locked take labels, and can be deleted', async () => {
    expect((await change('locked', { metadata: { labels: { a: 'b' } } })).status).toBe(200)
    expect((await server.delete(`${path}/${plural}/locked?dryRun=All`)).status).toBe(200)
  })

  test('that are not locked take other data', async () => {
    expect((await change('open', { data: { key: 'Yg==' } })).status).toBe(200)
  })
})

test('a config map that is locked keeps its bytes', async () => {
  const { json } = await server.patch(`${path}/configmaps/locked`, 'merge', { binaryData: { bytes: 'Yg==' } })
  expect(json).toMatchObject({ code: 422, details: { causes: [{ field: 'binaryData' }] } })
})

test('a secret that is locked keeps its data from an apply too', async () => {
  const { json } = await server.call('PATCH', `${path}/secrets/locked?fieldManager=t&force=true`, {
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'locked' },
      data: { other: 'Yg==' },
      immutable: true,
    },
  })
  expect(json).toMatchObject({ code: 422, details: { causes: [{ field: 'data' }] } })
})

test('no secret gets another type', async () => {
  const { json } = await server.patch(`${path}/secrets/open`, 'merge', { type: 'example.org/other' })
  expect(json).toMatchObject({ code: 422, details: { causes: [{ field: 'type' }] } })
  expect(json.message).toContain('type: Invalid value: "example.org/other": field is immutable')
})
