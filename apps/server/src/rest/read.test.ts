import { MemoryStore } from '@margay/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globalSet, inDefault, namespace, policy, tier, v3 } from '../testing/objects.ts'
import { TestServer } from '../testing/test-server.ts'

const sets = `${v3}/globalnetworksets`
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start(new MemoryStore({ keepEvents: 100 }))
  await server.post('/api/v1/namespaces', namespace('other'))
  await server.post(`${v3}/tiers`, tier('sec'))
  await server.post(`${inDefault}/networkpolicies`, policy('a', {}, { labels: { app: 'web' } }))
  await server.post(`${inDefault}/networkpolicies`, policy('b', { tier: 'sec' }, { labels: { app: 'db' } }))
  await server.post(
    `${v3}/namespaces/other/networkpolicies`,
    policy('a', {}, { namespace: 'other', labels: { app: 'web' } }),
  )
  for (const name of ['s1', 's2', 's3', 's4', 's5']) await server.post(sets, globalSet(name))
})
afterAll(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const names = async (path: string): Promise<string[]> => {
  const { status, json } = await server.get(path)
  expect(status).toBe(200)
  return json.items.map(({ metadata }: { metadata: { namespace?: string; name: string } }) =>
    [metadata.namespace, metadata.name].filter(Boolean).join('/'),
  )
}
const encoded = encodeURIComponent

test('what is there from the start', async () => {
  expect(await names('/api/v1/namespaces')).toEqual(['default', 'kube-system', 'margay-system', 'other'])
  expect(await names(`${v3}/tiers`)).toEqual([
    'adminnetworkpolicy',
    'baselineadminnetworkpolicy',
    'default',
    'kube-admin',
    'kube-baseline',
    'sec',
  ])
})

test('get answers the object or 404', async () => {
  expect((await server.get(`${sets}/s1`)).json).toMatchObject({
    kind: 'GlobalNetworkSet',
    metadata: { name: 's1' },
  })
  const { status, json } = await server.get(`${sets}/none`)
  expect(status).toBe(404)
  expect(json).toMatchObject({
    reason: 'NotFound',
    message: 'globalnetworksets.projectcalico.org "none" not found',
  })
})

describe('list', () => {
  test('has kind, version and the revision that a watch can go on from', async () => {
    const { json } = await server.get(sets)
    expect(json).toMatchObject({ kind: 'GlobalNetworkSetList', apiVersion: 'projectcalico.org/v3' })
    expect(json.metadata.resourceVersion).toBe(String(await server.store.currentRevision()))
  })

  test.each([
    [`${v3}/networkpolicies`, ['default/a', 'default/b', 'other/a']],
    [`${inDefault}/networkpolicies`, ['default/a', 'default/b']],
    [`${v3}/networkpolicies?labelSelector=app%3Dweb`, ['default/a', 'other/a']],
    [`${v3}/networkpolicies?labelSelector=app%20in%20(db)`, ['default/b']],
    [`${v3}/networkpolicies?fieldSelector=metadata.name%3Da`, ['default/a', 'other/a']],
    [`${v3}/networkpolicies?fieldSelector=metadata.namespace!%3Ddefault`, ['other/a']],
    [`${v3}/networkpolicies?fieldSelector=spec.tier%3Dsec`, ['default/b']],
    [`${v3}/networkpolicies?fieldSelector=spec.tier%3Dsec,metadata.name%3Da`, []],
    [`${v3}/namespaces/nope/networkpolicies`, []],
  ])('%s', async (path, want) => expect(await names(path)).toEqual(want))

  test.each([
    ['fieldSelector=spec.order%3D5', /field label not supported: spec.order/],
    ['fieldSelector=x', /invalid field selector/],
    [`labelSelector=${encoded('a in b')}`, /label selector/],
    ['limit=-1', /limit is "-1"/],
    ['resourceVersion=abc', /resourceVersion is "abc"/],
    ['continue=abc', /continue key is not valid/],
    ['watch=maybe', /watch is "maybe"/],
  ])('refuses ?%s with a 400', async (query, message) => {
    const { status, json } = await server.get(`${v3}/networkpolicies?${query}`)
    expect(status).toBe(400)
    expect(json.message).toMatch(message)
  })

  test.each([
    ['resourceVersionMatch=Exact', /forbidden unless resourceVersion is provided/],
    ['resourceVersionMatch=Exact&resourceVersion=0', /forbidden "Exact" for resourceVersion "0"/],
    ['resourceVersionMatch=Newest&resourceVersion=1', /supported values: "Exact", "NotOlderThan"/],
    ['resourceVersionMatch=Exact&resourceVersion=1&continue=abc', /forbidden when continue is provided/],
    ['watch=true&resourceVersionMatch=NotOlderThan', /unless sendInitialEvents is provided/],
    ['watch=true&sendInitialEvents=true', /requires setting resourceVersionMatch to NotOlderThan/],
  ])('refuses the options ?%s with a 422 at resourceVersionMatch', async (query, message) => {
    const { status, json } = await server.get(`${v3}/networkpolicies?${query}`)
    const causes = [{ field: 'resourceVersionMatch', message: expect.stringMatching(message) }]
    expect({ status, json }).toMatchObject({
      status: 422,
      json: { reason: 'Invalid', details: { group: 'meta.k8s.io', kind: 'ListOptions', causes } },
    })
  })

  test('initial events are of a watch', async () => {
    const { status, json } = await server.get(`${sets}?sendInitialEvents=true`)
    expect([status, json.details.causes[0].field]).toEqual([422, 'sendInitialEvents'])
  })

  test('a page that goes on takes no other version than that of the first one', async () => {
    const { json } = await server.get(`${sets}?limit=2`)
    const next = `${sets}?limit=2&continue=${encoded(json.metadata.continue)}`
    expect((await server.get(`${next}&resourceVersion=1`)).status).toBe(400)
    expect((await server.get(`${next}&resourceVersion=0`)).status).toBe(200)
  })

  test('in pages of a given version is of exactly that version', async () => {
    const revision = String(await server.store.currentRevision())
    await server.post(sets, globalSet('later'))
    const { json } = await server.get(`${sets}?limit=500&resourceVersion=${revision}`)
    expect(json.metadata.resourceVersion).toBe(revision)
    expect(await names(`${sets}?limit=500&resourceVersion=${revision}`)).not.toContain('later')
    expect(await names(`${sets}?resourceVersion=${revision}`)).toContain('later')
    await server.delete(`${sets}/later`)
  })

  test('in pages shows the state of the first page throughout', async () => {
    const seen: string[] = []
    let token = ''
    let revision: string | undefined
    do {
      const { json } = await server.get(`${sets}?limit=2&continue=${encoded(token)}`)
      seen.push(...json.items.map((item: { metadata: { name: string } }) => item.metadata.name))
      revision ??= json.metadata.resourceVersion
      expect(json.metadata.resourceVersion).toBe(revision)
      token = json.metadata.continue ?? ''
      await server.post(sets, globalSet(`s3-${seen.length}`))
    } while (token !== '')
    expect(seen).toEqual(['s1', 's2', 's3', 's4', 's5'])
    for (const name of ['s3-2', 's3-4', 's3-5']) await server.delete(`${sets}/${name}`)
  })

  test('in pages with a selector fills each page', async () => {
    const first = await server.get(`${v3}/networkpolicies?limit=1&labelSelector=app%3Dweb`)
    expect(first.json.items).toHaveLength(1)
    const second = await server.get(
      `${v3}/networkpolicies?limit=1&labelSelector=app%3Dweb&continue=${encoded(first.json.metadata.continue)}`,
    )
    expect(second.json.items[0].metadata.namespace).toBe('other')
    expect(second.json.metadata.continue).toBeUndefined()
  })

  test('at an exact revision shows the past', async () => {
    const revision = String(await server.store.currentRevision())
    await server.post(sets, globalSet('later'))
    expect(await names(`${sets}?resourceVersion=${revision}&resourceVersionMatch=Exact`)).not.toContain(
      'later',
    )
    expect(await names(`${sets}?resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`)).toContain(
      'later',
    )
    await server.delete(`${sets}/later`)
  })

  test('of a revision that is ahead: 504 with the cause that clients look for', async () => {
    const { status, json } = await server.get(`${sets}?resourceVersion=999999`)
    expect(status).toBe(504)
    expect(json.details.causes[0].reason).toBe('ResourceVersionTooLarge')
  })

  test('going on after the history is gone: 410', async () => {
    const { json } = await server.get(`${sets}?limit=2`)
    await server.post(sets, globalSet('more'))
    await server.store.compact(await server.store.currentRevision())
    const next = await server.get(`${sets}?limit=2&continue=${encoded(json.metadata.continue)}`)
    expect(next.status).toBe(410)
    expect(next.json.reason).toBe('Expired')
    await server.delete(`${sets}/more`)
  })
})

describe('Tables', () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

  test('have the columns of the kind and an age', async () => {
    server.clock.advance(5 * 60_000)
    const { headers, json } = await server.get(`${inDefault}/networkpolicies`, { accept })
    expect(headers['content-type']).toBe('application/json;as=Table;v=v1;g=meta.k8s.io')
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    const columns = json.columnDefinitions.map(({ name }: { name: string }) => name)
    expect(columns[0]).toBe('Name')
    expect(columns).toContain('Age')
    expect(columns).toContain('Tier')
    expect(json.rows[0].cells).toHaveLength(columns.length)
    expect(json.rows[0].cells[0]).toBe('a')
    expect(json.rows[0].cells[columns.indexOf('Age')]).toBe('5m')
    expect(json.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } })
    expect(json.metadata.resourceVersion).toBe(String(await server.store.currentRevision()))
  })

  test('bring along what the client asks for', async () => {
    const none = await server.get(`${inDefault}/networkpolicies?includeObject=None`, { accept })
    expect(none.json.rows[0].object).toBeUndefined()
    const object = await server.get(`${inDefault}/networkpolicies/a?includeObject=Object`, { accept })
    expect(object.json.rows[0].object).toMatchObject({ kind: 'NetworkPolicy', spec: { tier: 'default' } })
  })
})

test('metadata alone, for clients that want no more', async () => {
  const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
  const { json } = await server.get(`${inDefault}/networkpolicies`, { accept })
  expect(json).toMatchObject({
    kind: 'PartialObjectMetadataList',
    items: [{ kind: 'PartialObjectMetadata' }, {}],
  })
  expect(json.items[0].spec).toBeUndefined()
})

test('a form that we do not have is 406', async () => {
  expect((await server.get(sets, { accept: 'application/vnd.kubernetes.protobuf' })).status).toBe(406)
  expect((await server.get(sets, { accept: 'application/vnd.kubernetes.protobuf, */*' })).status).toBe(200)
})
