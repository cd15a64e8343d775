import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globalSet, inDefault, namespace, pod, policy, tier, v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

const sets = `${v3}/globalnetworksets`
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

test('answers a Success status, and the object is gone', async () => {
  const { json: created } = await server.post(sets, globalSet('a'))
  const { status, json } = await server.delete(`${sets}/a`, { propagationPolicy: 'Background' })
  expect(status).toBe(200)
  const details = {
    name: 'a',
    group: 'projectcalico.org',
    kind: 'globalnetworksets',
    uid: created.metadata.uid,
  }
  expect(json).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
  expect((await server.get(`${sets}/a`)).status).toBe(404)
  expect((await server.delete(`${sets}/a`)).status).toBe(404)
})

test('preconditions protect another object of the same name', async () => {
  const { json } = await server.post(sets, globalSet('p'))
  const withPreconditions = (preconditions: object) => server.delete(`${sets}/p`, { preconditions })
  expect((await withPreconditions({ uid: 'other' })).status).toBe(409)
  expect((await withPreconditions({ resourceVersion: '1' })).status).toBe(409)
  const { uid, resourceVersion } = json.metadata
  expect((await withPreconditions({ uid, resourceVersion })).status).toBe(200)
})

test('a dry run, by query or by body, deletes nothing', async () => {
  await server.post(sets, globalSet('dry'))
  expect((await server.delete(`${sets}/dry?dryRun=All`)).status).toBe(200)
  expect((await server.delete(`${sets}/dry`, { dryRun: ['All'] })).status).toBe(200)
  expect((await server.get(`${sets}/dry`)).status).toBe(200)
})

test('malformed options are a 400', async () => {
  expect((await server.delete(`${sets}/dry`, [])).status).toBe(400)
  expect((await server.delete(`${sets}/dry`, { preconditions: 5 })).status).toBe(400)
  expect((await server.delete(`${sets}/dry`, '{')).status).toBe(400)
  expect((await server.get(`${sets}/dry`)).status).toBe(200)
})

test('a delete whose options can not be met deleted all the same', async () => {
  await server.post(sets, globalSet('options'))
  const path = `${sets}/options`
  const kind = { group: 'meta.k8s.io', kind: 'DeleteOptions' }
  for (const refused of [
    await server.delete(path, { propagationPolicy: 'Later' }),
    await server.delete(`${path}?propagationPolicy=Later`),
    await server.delete(path, { propagationPolicy: 'Orphan', orphanDependents: true }),
  ]) {
    expect(refused).toMatchObject({
      status: 422,
      json: { reason: 'Invalid', details: { ...kind, causes: [{ field: 'propagationPolicy' }] } },
    })
  }
  for (const options of [
    globalSet('options'),
    { gracePeriodSeconds: 'soon' },
    { orphanDependents: 'no' },
    { dryRun: 'All' },
  ])
    expect((await server.delete(path, options)).status).toBe(400)
  expect((await server.delete(`${path}?gracePeriodSeconds=soon`)).status).toBe(400)
  expect((await server.get(path)).status).toBe(200)
  const options = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: null }
  expect((await server.delete(path, { ...options, propagationPolicy: 'Foreground' })).status).toBe(200)
})

describe('finalizers', () => {
  test('hold an object, which goes with the last of them', async () => {
    await server.post(sets, globalSet('f', { finalizers: ['a.io/x', 'a.io/y'] }))
    const { json: marked } = await server.delete(`${sets}/f`)
    expect(marked).toMatchObject({
      kind: 'GlobalNetworkSet',
      metadata: { deletionTimestamp: '2026-01-02T03:04:05Z' },
    })
    const again = await server.delete(`${sets}/f`)
    expect(again.json.metadata.resourceVersion).toBe(marked.metadata.resourceVersion)
    await server.patch(`${sets}/f`, 'merge', { metadata: { finalizers: ['a.io/y'] } })
    expect((await server.get(`${sets}/f`)).status).toBe(200)
    expect((await server.patch(`${sets}/f`, 'merge', { metadata: { finalizers: null } })).status).toBe(200)
    expect((await server.get(`${sets}/f`)).status).toBe(404)
  })

  test('can not be added while the object is being deleted, nor can the deletion be taken back', async () => {
    await server.post(sets, globalSet('g', { finalizers: ['a.io/x'] }))
    await server.delete(`${sets}/g`)
    const added = await server.patch(`${sets}/g`, 'merge', { metadata: { finalizers: ['a.io/x', 'a.io/z'] } })
    expect(added.status).toBe(422)
    expect(added.json.details.causes[0]).toMatchObject({
      field: 'metadata.finalizers',
      reason: 'FieldValueForbidden',
    })
    const undeleted = await server.patch(`${sets}/g`, 'merge', { metadata: { deletionTimestamp: null } })
    expect(undeleted.json.metadata.deletionTimestamp).toBeDefined()
  })
})

describe('deletecollection', () => {
  test('deletes what the selector matches', async () => {
    for (const name of ['c1', 'c2']) await server.post(sets, globalSet(name, { labels: { group: 'c' } }))
    await server.post(sets, globalSet('c3', { labels: { group: 'd' } }))
    const { status, json } = await server.delete(`${sets}?labelSelector=group%3Dc`)
    expect(status).toBe(200)
    expect(json.items).toHaveLength(2)
    expect((await server.get(`${sets}/c1`)).status).toBe(404)
    expect((await server.get(`${sets}/c3`)).status).toBe(200)
  })
})

describe('tiers', () => {
  test.each(['adminnetworkpolicy', 'baselineadminnetworkpolicy', 'default', 'kube-admin', 'kube-baseline'])(
    'the built-in tier %s stays',
    async (name) => {
      const { status, json } = await server.delete(`${v3}/tiers/${name}`)
      expect(status).toBe(403)
      expect(json.message).toContain('a built-in tier can not be deleted')
      expect((await server.get(`${v3}/tiers/${name}`)).status).toBe(200)
    },
  )

  test('a tier with policies stays until they are gone', async () => {
    await server.post(`${v3}/tiers`, tier('full'))
    await server.post(`${inDefault}/networkpolicies`, policy('in-full', { tier: 'full' }))
    const { status, json } = await server.delete(`${v3}/tiers/full`)
    expect(status).toBe(409)
    expect(json.message).toContain('NetworkPolicy default/in-full')
    await server.delete(`${inDefault}/networkpolicies/in-full`)
    expect((await server.delete(`${v3}/tiers/full`)).status).toBe(200)
  })

  test('a tier says whether it takes policies, so that kubectl can wait for it', async () => {
    const ready = async (name: string) => (await server.get(`${v3}/tiers/${name}`)).json.status.conditions
    await server.post(`${v3}/tiers`, tier('ready'))
    for (const name of ['ready', 'default'])
      expect(await ready(name)).toMatchObject([{ type: 'Ready', status: 'True', reason: 'OK' }])
    await server.patch(`${v3}/tiers/ready`, 'merge', { metadata: { finalizers: ['a.io/x'] } })
    await server.delete(`${v3}/tiers/ready`)
    expect(await ready('ready')).toMatchObject([{ type: 'Ready', status: 'False', reason: 'Terminating' }])
    await server.patch(`${v3}/tiers/ready`, 'merge', { metadata: { finalizers: null } })
    expect((await server.get(`${v3}/tiers/ready`)).status).toBe(404)
  })

  test('a tier that is being deleted takes no new policies', async () => {
    await server.post(`${v3}/tiers`, {
      ...tier('going'),
      metadata: { name: 'going', finalizers: ['a.io/x'] },
    })
    await server.delete(`${v3}/tiers/going`)
    const { status } = await server.post(`${inDefault}/networkpolicies`, policy('late', { tier: 'going' }))
    expect(status).toBe(403)
  })

  test('a tier never goes while a policy is being put into it', async () => {
    for (let round = 0; round < 5; round++) {
      await server.post(`${v3}/tiers`, tier('race'))
      const [created, deleted] = await Promise.all([
        server.post(`${inDefault}/networkpolicies`, policy(`race-${round}`, { tier: 'race' })),
        server.delete(`${v3}/tiers/race`),
      ])
      expect([created.status === 201, deleted.status === 200].filter(Boolean)).toHaveLength(1)
      await server.delete(`${inDefault}/networkpolicies/race-${round}`)
      await server.delete(`${v3}/tiers/race`)
    }
  })
})

describe('namespaces', () => {
  test.each(['default', 'kube-system', 'margay-system'])('%s stays', async (name) => {
    expect((await server.delete(`/api/v1/namespaces/${name}`)).status).toBe(403)
  })

  test('take what is in them along, workloads before policies', async () => {
    await server.post('/api/v1/namespaces', namespace('n1'))
    await server.post(`${v3}/namespaces/n1/networkpolicies`, policy('x', {}, { namespace: 'n1' }))
    await server.post('/api/v1/namespaces/n1/pods', pod('x', 'n1'))
    const from = await server.store.currentRevision()
    expect((await server.delete('/api/v1/namespaces/n1')).status).toBe(200)
    const gone: string[] = []
    for await (const events of server.store.watch('/', {
      fromRevision: from,
      signal: new AbortController().signal,
    })) {
      gone.push(...events.filter(({ type }) => type === 'Deleted').map(({ object }) => object.key))
      if (gone.length === 3) break
    }
    expect(gone).toEqual([
      '/core/pods/n1/x',
      '/projectcalico.org/networkpolicies/n1/x',
      '/core/namespaces/n1',
    ])
  })

  test('wait for content with finalizers, and take nothing new meanwhile', async () => {
    await server.post('/api/v1/namespaces', namespace('n2'))
    const path = `${v3}/namespaces/n2/networkpolicies`
    await server.post(path, policy('held', {}, { namespace: 'n2', finalizers: ['a.io/x'] }))
    const { json } = await server.delete('/api/v1/namespaces/n2')
    expect(json).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } })
    const late = await server.post(path, policy('late', {}, { namespace: 'n2' }))
    expect(late.status).toBe(403)
    expect(late.json.details.causes[0].reason).toBe('NamespaceTerminating')
    await server.patch(`${path}/held`, 'merge', { metadata: { finalizers: null } })
    expect((await server.get('/api/v1/namespaces/n2')).status).toBe(404)
  })

  test('that were being deleted when the server died are finished at the next start', async () => {
    const store = server.store
    await server.post('/api/v1/namespaces', namespace('n3'))
    await server.post('/api/v1/namespaces/n3/pods', pod('x', 'n3'))
    const stored = await store.get('/core/namespaces/n3')
    if (stored === undefined) throw new Error('n3 was not stored')
    const metadata = { ...stored.value.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' }
    await store.update(stored.key, { ...stored.value, metadata }, stored.revision)
    const next = await TestServer.start(store)
    expect((await next.get('/api/v1/namespaces/n3')).status).toBe(404)
    expect((await next.get('/api/v1/namespaces/n3/pods/x')).status).toBe(404)
  })
})
