import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inDefault, policy, tier } from '../testing/objects.ts'
import { type Answer, TestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
  await server.post('/apis/projectcalico.org/v3/tiers', tier('security', { order: 10 }))
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const path = `${inDefault}/networkpolicies`
const headers = { 'content-type': 'application/apply-patch+yaml' }
const apply = (
  name: string,
  spec: object,
  query = 'fieldManager=ann',
  metadata: object = {},
): Promise<Answer> => {
  const body = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, ...metadata },
    spec,
  }
  return server.call('PATCH', `${path}/${name}?${query}`, { body, headers })
}
const managersOf = ({ json }: Answer): string[] =>
  (json.metadata.managedFields ?? []).map(
    (entry: { manager: string; operation: string }) => `${entry.manager} ${entry.operation}`,
  )

describe('apply', () => {
  test('makes an object that is not there, with defaults, and says who manages it', async () => {
    const answer = await apply('new', { order: 5 })
    expect(answer.status).toBe(201)
    expect(answer.json.spec).toMatchObject({ order: 5, tier: 'default', types: ['Ingress'] })
    expect(answer.json.metadata).toMatchObject({ generation: 1, uid: expect.any(String) })
    expect(answer.json.metadata.managedFields).toEqual([
      {
        manager: 'ann',
        operation: 'Apply',
        apiVersion: 'projectcalico.org/v3',
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:order': {} } },
      },
    ])
  })

  test('takes YAML', async () => {
    const body =
      'apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: yaml\nspec:\n  order: 1\n'
    const { status } = await server.call('PATCH', `${path}/yaml?fieldManager=ann`, { body, headers })
    expect(status).toBe(201)
  })

  test('the same again changes nothing, and takes no revision', async () => {
    const first = await apply('again', { order: 5 })
    const before = await server.store.currentRevision()
    const second = await apply('again', { order: 5 })
    expect(second.status).toBe(200)
    expect(second.json).toEqual(first.json)
    expect(await server.store.currentRevision()).toBe(before)
  })

  test('a conflict is a 409 with the owner and the path of each field, and stores nothing', async () => {
    await apply('conflict', { order: 5, selector: "app == 'a'" })
    const { status, json } = await apply('conflict', { order: 6, selector: "app == 'b'" }, 'fieldManager=bob')
    expect(status).toBe(409)
    expect(json).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 2 conflicts: conflict with "ann":\n- .spec.order\n- .spec.selector',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.spec.order' },
          { reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.spec.selector' },
        ],
      },
    })
    expect((await server.get(`${path}/conflict`)).json.spec.order).toBe(5)
  })

  test('by force takes the fields', async () => {
    await apply('forced', { order: 5 })
    const answer = await apply('forced', { order: 6 }, 'fieldManager=bob&force=true')
    expect(answer.json.spec.order).toBe(6)
    expect(managersOf(answer)).toEqual(['bob Apply'])
  })

  test('what is left out goes back to its default', async () => {
    await apply('left-out', { tier: 'security', selector: 'all()' })
    const { json } = await apply('left-out', { tier: 'security' })
    expect(json.spec).not.toHaveProperty('selector')
    const moved = await apply('left-out', {})
    expect(moved.json.spec.tier).toBe('default')
  })

  test('an update takes fields from who applied, so that the next apply conflicts', async () => {
    const { json } = await apply('updated', { order: 5 })
    const put = await server.call('PUT', `${path}/updated`, {
      body: { ...json, spec: { ...json.spec, order: 7 } },
      headers: { 'user-agent': 'editor/1.0' },
    })
    expect(managersOf(put)).toEqual(['editor Update'])
    const again = await apply('updated', { order: 5 })
    expect(again.json.message).toContain('conflict with "editor" using projectcalico.org/v3: .spec.order')
  })

  test('dry run answers as if, and stores nothing', async () => {
    expect((await apply('dry', { order: 1 }, 'fieldManager=ann&dryRun=All')).status).toBe(201)
    expect((await server.get(`${path}/dry`)).status).toBe(404)
  })
})

describe('is refused', () => {
  test.each([
    ['without a field manager', () => apply('bad', {}, 'force=true'), 422, /fieldManager: Required value/],
    ['with a manager of control characters', () => apply('bad', {}, 'fieldManager=a%00b'), 400, /printable/],
    [
      'with a manager that is too long',
      () => apply('bad', {}, `fieldManager=${'x'.repeat(129)}`),
      400,
      /128/,
    ],
    [
      'with managed fields',
      () => apply('bad', {}, undefined, { managedFields: [] }),
      400,
      /metadata.managedFields must be nil/,
    ],
    [
      'with a version, for what is not there',
      () => apply('bad', {}, undefined, { resourceVersion: '1' }),
      409,
      /no existing object/,
    ],
    ['when it makes the object invalid', () => apply('bad', { types: ['Sideways'] }), 422, /spec.types\[0\]/],
    ['for a tier that is not there', () => apply('bad', { tier: 'nope' }), 422, /no such tiers/],
    [
      'when the body names another object',
      () => server.call('PATCH', `${path}/bad?fieldManager=a`, { body: policy('other', {}), headers }),
      400,
      /does not match the name/,
    ],
    [
      'when the body is no YAML',
      () => server.call('PATCH', `${path}/bad?fieldManager=a`, { body: 'a: [', headers }),
      400,
      /not valid YAML/,
    ],
  ])('%s', async (_name, call, status, message) => {
    const before = await server.store.currentRevision()
    const { json } = await call()
    expect(json).toMatchObject({ kind: 'Status', code: status, message: expect.stringMatching(message) })
    expect(await server.store.currentRevision()).toBe(before)
  })

  test('an old version', async () => {
    const { json } = await apply('old', { order: 1 })
    await apply('old', { order: 2 })
    const { resourceVersion } = json.metadata
    expect((await apply('old', { order: 3 }, undefined, { resourceVersion })).status).toBe(409)
  })
})

describe('of status', () => {
  test('owns status alone, beside who owns the rest', async () => {
    const tiers = '/apis/projectcalico.org/v3/tiers'
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Fine',
      message: '',
      lastTransitionTime: '2026-01-02T03:04:05Z',
    }
    const body = { ...tier('security', { order: 99 }), status: { conditions: [condition] } }
    const answer = await server.call('PATCH', `${tiers}/security/status?fieldManager=ctl`, { body, headers })
    expect(answer.json).toMatchObject({ spec: { order: 10 }, status: { conditions: [condition] } })
    const entry = answer.json.metadata.managedFields.find((it: { manager: string }) => it.manager === 'ctl')
    expect(entry).toMatchObject({ operation: 'Apply', subresource: 'status' })
    expect(Object.keys(entry.fieldsV1)).toEqual(['f:status'])
  })
})
