import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globalSet, inDefault, namespace, pod, policy, tier, v3 } from '../testing/objects.ts'
import { type Answer, TestServer } from '../testing/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

/** Every refused write must leave the store as it was. */
async function refused(call: () => Promise<Answer>): Promise<Answer> {
  const before = await server.store.currentRevision()
  const answer = await call()
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.json).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: answer.status,
  })
  expect(await server.store.currentRevision()).toBe(before)
  return answer
}

describe('create', () => {
  test('answers 201 with defaults and server-set metadata', async () => {
    const { status, json } = await server.post(`${inDefault}/networkpolicies`, policy('new', { order: 5 }))
    expect(status).toBe(201)
    expect(json.metadata).toMatchObject({
      name: 'new',
      namespace: 'default',
      generation: 1,
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { 'projectcalico.org/tier': 'default' },
    })
    expect(json.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(json.metadata.resourceVersion).toBe(String(await server.store.currentRevision()))
    expect(json.spec).toMatchObject({ tier: 'default', order: 5, types: ['Ingress'] })
    expect((await server.get(`${inDefault}/networkpolicies/new`)).json).toEqual(json)
  })

  test('takes the namespace from the path, and YAML as well as JSON', async () => {
    const body =
      'apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata:\n  name: yaml\nspec:\n  nets: [10.0.0.1]\n'
    const headers = { 'content-type': 'application/yaml' }
    const { status, json } = await server.call('POST', `${inDefault}/networksets`, { body, headers })
    expect(status).toBe(201)
    expect(json.metadata.namespace).toBe('default')
  })

  test('drops what only the server sets, and status', async () => {
    const given = {
      uid: 'mine',
      generation: 7,
      creationTimestamp: '2000-01-01T00:00:00Z',
      deletionTimestamp: '2000-01-01T00:00:00Z',
    }
    const body = { ...policy('owned', {}, given) }
    const { json } = await server.post(`${inDefault}/networkpolicies`, body)
    expect(json.metadata).toMatchObject({ generation: 1, creationTimestamp: '2026-01-02T03:04:05Z' })
    expect(json.metadata.uid).not.toBe('mine')
    expect(json.metadata.deletionTimestamp).toBeUndefined()
    const created = await server.post('/api/v1/namespaces/default/pods', {
      ...pod('p', 'default'),
      status: { phase: 'Running' },
    })
    expect(created.json.status?.phase).not.toBe('Running')
  })

  test('an Installation without a name is the one that there is; a second one is told so', async () => {
    const installations = '/apis/operator.tigera.io/v1/installations'
    const body = { spec: { calicoNetwork: { wireguard: 'Enabled' }, variant: 'Calico' } }
    const { status, json } = await server.post(installations, body)
    expect([status, json.metadata.name, json.spec]).toEqual([201, 'default', body.spec])
    const second = await server.post(installations, body)
    expect([second.status, second.json.message]).toEqual([
      409,
      'installations.operator.tigera.io "default" already exists',
    ])
  })

  test('makes up a name from generateName', async () => {
    const { json } = await server.post(
      `${v3}/globalnetworksets`,
      globalSet('', { name: undefined, generateName: 'set-' }),
    )
    expect(json.metadata.name).toMatch(/^set-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(json.metadata.generateName).toBe('set-')
  })

  test('a dry run answers like the real thing and stores nothing', async () => {
    const before = await server.store.currentRevision()
    const { status, json } = await server.post(`${v3}/globalnetworksets?dryRun=All`, globalSet('dry'))
    expect(status).toBe(201)
    expect(json.metadata.uid).toBeDefined()
    expect(await server.store.currentRevision()).toBe(before)
    expect((await server.get(`${v3}/globalnetworksets/dry`)).status).toBe(404)
    expect(
      (await server.post(`${v3}/globalnetworksets?dryRun=All`, globalSet('versionless'))).json.metadata,
    ).not.toHaveProperty('resourceVersion')
  })

  test('twice: 409 AlreadyExists, also as a dry run', async () => {
    await server.post(`${v3}/globalnetworksets`, globalSet('twice'))
    const { json } = await refused(() => server.post(`${v3}/globalnetworksets`, globalSet('twice')))
    expect(json).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'globalnetworksets.projectcalico.org "twice" already exists',
      details: { name: 'twice', group: 'projectcalico.org', kind: 'globalnetworksets' },
    })
    expect(
      (await refused(() => server.post(`${v3}/globalnetworksets?dryRun=All`, globalSet('twice')))).status,
    ).toBe(409)
  })

  test('many at once under one name: one succeeds', async () => {
    const calls = Array.from({ length: 8 }, () => server.post(`${v3}/globalnetworksets`, globalSet('race')))
    const statuses = (await Promise.all(calls)).map(({ status }) => status).sort()
    expect(statuses).toEqual([201, ...Array(7).fill(409)])
  })

  const sets = `${v3}/globalnetworksets`
  test.each([
    ['another name of the kind', sets, { ...globalSet('x'), kind: 'Tier' }, 400, /kind in the data \(Tier\)/],
    ['another version', sets, { ...globalSet('x'), apiVersion: 'v9' }, 400, /API version in the data \(v9\)/],
    [
      'another namespace',
      `${inDefault}/networkpolicies`,
      policy('x', {}, { namespace: 'b' }),
      400,
      /namespace of the provided/,
    ],
    ['no namespace in the path', `${v3}/networkpolicies`, policy('x'), 400, /belong to a namespace/],
    [
      'a resourceVersion',
      sets,
      globalSet('x', { resourceVersion: '5' }),
      400,
      /resourceVersion should not be set/,
    ],
    ['a list', sets, [globalSet('x')], 400, /not an object/],
    ['broken JSON', sets, '{"kind": ', 400, /not valid JSON/],
    ['not UTF-8', sets, new Uint8Array([0x22, 0xff, 0x22]), 400, /not UTF-8/],
    ['a __proto__ field', sets, '{"metadata":{"name":"x"},"spec":{"__proto__":{"a":1}}}', 400, /__proto__/],
    ['nesting without end', sets, `{"spec":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400, /nested deeper/],
    [
      'a namespace that is not there',
      `${v3}/namespaces/nope/networkpolicies`,
      policy('x', {}, { namespace: 'nope' }),
      404,
      /namespaces "nope" not found/,
    ],
    ['a wrong dryRun', `${sets}?dryRun=Some`, globalSet('x'), 400, /dryRun is "Some"/],
    [
      'a wrong fieldValidation',
      `${sets}?fieldValidation=Loose`,
      globalSet('x'),
      400,
      /Strict, Warn or Ignore/,
    ],
  ])('refuses %s', async (_name, path, body, status, message) => {
    const { json } = await refused(() => server.post(path, body))
    expect(json.code).toBe(status)
    expect(json.message).toMatch(message)
  })

  test('an invalid object: 422 with every field in causes', async () => {
    const rules = [{ action: 'Alow' }, { action: 'Allow', protocol: 'TCP', destination: { ports: [70000] } }]
    const { json } = await refused(() =>
      server.post(`${inDefault}/networkpolicies`, policy('bad', { ingress: rules })),
    )
    expect(json).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { name: 'bad', group: 'projectcalico.org', kind: 'NetworkPolicy' },
    })
    const fields = json.details.causes.map(({ field }: { field: string }) => field)
    expect(fields).toContain('spec.ingress[0].action')
    expect(fields).toContain('spec.ingress[1].destination.ports[0]')
    expect(json.message).toContain('NetworkPolicy.projectcalico.org "bad" is invalid: [')
  })

  test('a missing name: 422 at metadata.name', async () => {
    const { json } = await refused(() => server.post(sets, globalSet('', { name: undefined })))
    expect(json.code).toBe(422)
    expect(json.details.causes[0].field).toBe('metadata.name')
  })

  test('unknown fields: refused, warned of, or dropped, as the client wishes', async () => {
    const body = (name: string) => ({ ...globalSet(name), extra: 1 })
    const strict = await refused(() => server.post(`${sets}?fieldValidation=Strict`, body('u1')))
    expect(strict.json).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      details: { causes: [{ field: 'extra' }] },
    })
    expect(strict.json.message).toContain('strict decoding error: unknown field "extra"')
    const warned = await server.post(`${sets}?fieldValidation=Warn`, body('u2'))
    expect(warned.headers.warning).toBe('299 - "unknown field \\"extra\\""')
    expect((await server.post(sets, body('u3'))).headers.warning).toBeDefined()
    const ignored = await server.post(`${sets}?fieldValidation=Ignore`, body('u4'))
    expect(ignored.headers.warning).toBeUndefined()
    for (const { json } of [warned, ignored]) expect(json.extra).toBeUndefined()
  })

  test('a policy needs its tier', async () => {
    const { json } = await refused(() =>
      server.post(`${inDefault}/networkpolicies`, policy('t', { tier: 'later' })),
    )
    expect(json).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'spec.tier', reason: 'FieldValueNotFound' }] },
    })
    expect(json.message).toContain(
      'there are adminnetworkpolicy, baselineadminnetworkpolicy, default, kube-admin, kube-baseline',
    )
    await server.post(`${v3}/tiers`, tier('later'))
    expect((await server.post(`${inDefault}/networkpolicies`, policy('t', { tier: 'later' }))).status).toBe(
      201,
    )
  })
})

describe('update', () => {
  const path = `${v3}/globalnetworksets`
  const create = async (name: string): Promise<Answer['json']> =>
    (await server.post(path, globalSet(name))).json

  test('replaces the object, bumps generation with the spec alone', async () => {
    const created = await create('up')
    const changed = { ...created, spec: { nets: ['11.0.0.0/8'] } }
    const first = await server.put(`${path}/up`, changed)
    expect(first.status).toBe(200)
    expect(first.json.metadata).toMatchObject({ generation: 2, uid: created.metadata.uid })
    expect(first.json.metadata.creationTimestamp).toBe(created.metadata.creationTimestamp)
    const labelled = { ...first.json, metadata: { ...first.json.metadata, labels: { a: 'b' } } }
    expect((await server.put(`${path}/up`, labelled)).json.metadata.generation).toBe(2)
  })

  test('that changes nothing takes no revision', async () => {
    const created = await create('same')
    const before = await server.store.currentRevision()
    const { json } = await server.put(`${path}/same`, created)
    expect(json.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
    expect(await server.store.currentRevision()).toBe(before)
  })

  test('from an old version: 409 Conflict', async () => {
    const created = await create('old')
    await server.put(`${path}/old`, { ...created, spec: { nets: ['11.0.0.0/8'] } })
    const { json } = await refused(() =>
      server.put(`${path}/old`, { ...created, spec: { nets: ['12.0.0.0/8'] } }),
    )
    expect(json).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(json.message).toMatch(/the object has been modified/)
  })

  test('of another object under the same name: 409', async () => {
    const created = await create('uid')
    const { json } = await refused(() =>
      server.put(`${path}/uid`, { ...created, metadata: { ...created.metadata, uid: 'other' } }),
    )
    expect(json).toMatchObject({ code: 409, reason: 'Conflict' })
  })

  test('a custom resource needs its resourceVersion, a built-in one does not', async () => {
    const created = await create('uncond')
    const { resourceVersion: _, ...metadata } = created.metadata
    const { json } = await refused(() => server.put(`${path}/uncond`, { ...created, metadata }))
    expect(json.details.causes[0].field).toBe('metadata.resourceVersion')
    await server.post('/api/v1/namespaces', namespace('uncond'))
    expect(
      (await server.put('/api/v1/namespaces/uncond', namespace('uncond', { labels: { a: 'b' } }))).status,
    ).toBe(200)
  })

  test('roles and endpoint slices are overwritten without a resourceVersion, leases are not', async () => {
    const put = async (path: string, object: { metadata: { name: string } }) => {
      await server.post(path, object)
      return (await server.put(`${path}/${object.metadata.name}`, object)).status
    }
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }
    const role = { ...rbac, metadata: { name: 'uncond' }, rules: [] }
    expect(await put('/apis/rbac.authorization.k8s.io/v1/clusterroles', role)).toBe(200)
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'uncond' } }
    const ofDefault = 'v1/namespaces/default'
    const addresses = { addressType: 'IPv4', endpoints: [] }
    expect(await put(`/apis/discovery.k8s.io/${ofDefault}/endpointslices`, { ...slice, ...addresses })).toBe(
      200,
    )
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'uncond' } }
    expect(await put(`/apis/coordination.k8s.io/${ofDefault}/leases`, lease)).toBe(422)
  })

  test.each([
    ['name', { name: 'renamed' }, 400],
    ['creationTimestamp', { creationTimestamp: '2000-01-01T00:00:00Z' }, 422],
    ['deletionTimestamp', { deletionTimestamp: '2000-01-01T00:00:00Z' }, 422],
  ])('may not change %s', async (field, change, status) => {
    const created = await create(`im-${field.toLowerCase()}`)
    const body = { ...created, metadata: { ...created.metadata, ...change } }
    expect((await refused(() => server.put(`${path}/${created.metadata.name}`, body))).status).toBe(status)
  })

  test('an invalid object is refused and the old one stays', async () => {
    const created = await create('stay')
    await refused(() => server.put(`${path}/stay`, { ...created, spec: { nets: ['10.0.0.0/99'] } }))
    expect((await server.get(`${path}/stay`)).json).toEqual(created)
  })

  test('of what is not there: 404', async () => {
    expect((await refused(() => server.put(`${path}/none`, globalSet('none')))).status).toBe(404)
  })

  test('moving a policy to a tier that is not there is refused', async () => {
    const { json } = await server.post(`${inDefault}/networkpolicies`, policy('mover'))
    const moved = { ...json, spec: { ...json.spec, tier: 'nowhere' } }
    expect((await refused(() => server.put(`${inDefault}/networkpolicies/mover`, moved))).status).toBe(422)
  })
})

describe('status', () => {
  const path = '/api/v1/namespaces/default/pods'

  test('is written by its subresource alone, and nothing else is', async () => {
    const { json: created } = await server.post(path, pod('st', 'default'))
    const running = {
      ...created,
      metadata: { ...created.metadata, labels: { a: 'b' } },
      status: { phase: 'Running', podIP: '10.0.0.9' },
    }
    const byStatus = await server.put(`${path}/st/status`, running)
    expect(byStatus.json.status).toMatchObject({ phase: 'Running', podIP: '10.0.0.9' })
    expect(byStatus.json.metadata.labels).toBeUndefined()
    const main = {
      ...byStatus.json,
      metadata: { ...byStatus.json.metadata, labels: { a: 'b' } },
      status: { phase: 'Failed' },
    }
    const byMain = await server.put(`${path}/st`, main)
    expect(byMain.json.status.phase).toBe('Running')
    expect(byMain.json.metadata.labels).toEqual({ a: 'b' })
  })

  test('can be patched', async () => {
    await server.post(path, pod('st2', 'default'))
    const { json } = await server.patch(`${path}/st2/status`, 'merge', {
      spec: { nodeName: 'n' },
      status: { podIP: '10.0.0.8' },
    })
    expect(json.status.podIP).toBe('10.0.0.8')
    expect(json.spec.nodeName).toBeUndefined()
  })

  test('of a kind without one is no path', async () => {
    await server.post(`${v3}/globalnetworksets`, globalSet('nostatus'))
    expect((await server.get(`${v3}/globalnetworksets/nostatus/status`)).status).toBe(404)
  })
})

describe('status of a node', () => {
  test('comes with its annotations, and with nothing else of metadata', async () => {
    const node = { metadata: { name: 'n', labels: { a: 'b' }, annotations: { old: '1', kept: '1' } } }
    const before = (await server.post('/api/v1/nodes', node)).json
    const status = { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] }
    const { json } = await server.call('PUT', '/api/v1/nodes/n/status', {
      body: {
        metadata: {
          name: 'n',
          labels: { a: 'c' },
          annotations: { kept: '1', added: '1' },
          finalizers: ['a.b/c'],
        },
        spec: { unschedulable: true },
        status,
      },
    })
    expect(json).toMatchObject({ status, metadata: { uid: before.metadata.uid, labels: { a: 'b' } } })
    expect(json.metadata.annotations).toEqual({ kept: '1', added: '1' })
    expect(json.metadata).not.toHaveProperty('finalizers')
    expect(json).not.toHaveProperty('spec.unschedulable')
  })

  test('of other kinds comes alone', async () => {
    await server.post('/apis/projectcalico.org/v3/tiers', tier('annotated', { order: 3 }))
    const path = '/apis/projectcalico.org/v3/tiers/annotated/status'
    const headers = { 'content-type': 'application/merge-patch+json' }
    const body = { metadata: { annotations: { a: 'b' } }, status: { conditions: [] } }
    const { status, json } = await server.call('PATCH', path, { body, headers })
    expect([status, json.metadata.annotations]).toEqual([200, undefined])
  })
})

describe('patch', () => {
  const path = `${inDefault}/networkpolicies`
  const create = async (name: string): Promise<Answer['json']> =>
    (await server.post(path, policy(name, { order: 1 }))).json

  test('merge patch', async () => {
    await create('m')
    const { status, json } = await server.patch(`${path}/m`, 'merge', {
      metadata: { labels: { a: 'b' } },
      spec: { order: null },
    })
    expect(status).toBe(200)
    expect(json.metadata.labels).toMatchObject({ a: 'b' })
    expect(json.spec.order).toBeUndefined()
    expect(json.metadata.generation).toBe(2)
  })

  test('JSON patch', async () => {
    await create('j')
    const { json } = await server.patch(`${path}/j`, 'json', [
      { op: 'replace', path: '/spec/order', value: 7 },
    ])
    expect(json.spec.order).toBe(7)
  })

  test('strategic merge patch of a built-in kind merges lists by key', async () => {
    const pods = '/api/v1/namespaces/default/pods'
    await server.post(pods, pod('s', 'default'))
    const { json } = await server.patch(`${pods}/s`, 'strategic-merge', {
      spec: {
        containers: [
          { name: 'main', image: 'server:2' },
          { name: 'side', image: 'side:1' },
        ],
      },
    })
    expect(json.spec.containers).toMatchObject([
      { name: 'main', image: 'server:2', ports: [{ containerPort: 80 }] },
      { name: 'side', image: 'side:1' },
    ])
  })

  test.each([
    ['strategic merge of a custom resource', 'application/strategic-merge-patch+json', 415],
    ['plain JSON', 'application/json', 415],
  ])('%s is an unsupported media type', async (_name, type, status) => {
    await create(`u-${type.length}`)
    const call = () =>
      server.call('PATCH', `${path}/u-${type.length}`, { body: {}, headers: { 'content-type': type } })
    const { json } = await refused(call)
    expect(json).toMatchObject({ code: status, reason: 'UnsupportedMediaType' })
    expect(json.message).toContain('application/merge-patch+json')
  })

  test('that leads to an invalid object, renames it, or has an old version, is refused', async () => {
    const created = await create('r')
    const merge = (patch: object) => refused(() => server.patch(`${path}/r`, 'merge', patch))
    expect((await merge({ spec: { order: 'first' } })).status).toBe(422)
    expect((await merge({ metadata: { name: 'other' } })).status).toBe(400)
    expect((await merge({ metadata: { resourceVersion: '1' } })).status).toBe(409)
    expect((await merge({ kind: 'Tier' })).status).toBe(400)
    expect((await merge({ metadata: null })).status).toBe(400)
    expect((await refused(() => server.patch(`${path}/none`, 'merge', {}))).status).toBe(404)
    expect((await server.get(`${path}/r`)).json).toEqual(created)
  })

  test('concurrent patches of one object all take effect', async () => {
    await create('c')
    const patches = Array.from({ length: 10 }, (_, n) => ({ metadata: { labels: { [`l${n}`]: 'x' } } }))
    await Promise.all(patches.map((patch) => server.patch(`${path}/c`, 'merge', patch)))
    const { json } = await server.get(`${path}/c`)
    expect(Object.keys(json.metadata.labels)).toHaveLength(11)
  })

  test('force is for applies alone', async () => {
    const { status, json } = await server.call('PATCH', `${v3}/tiers/default?force=true`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: {},
    })
    expect([status, json.message]).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ])
  })

  test('a dry run stores nothing', async () => {
    const created = await create('d')
    const { json } = await server.patch(`${path}/d?dryRun=All`, 'merge', { spec: { order: 99 } })
    expect(json.spec.order).toBe(99)
    expect((await server.get(`${path}/d`)).json).toEqual(created)
  })
})
