import { MemoryStore } from '@margay/storage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { globalSet, v3 } from '../testing/objects.ts'
import { TestServer, type TestWatch, type WatchEvent } from '../testing/test-server.ts'

const sets = `${v3}/globalnetworksets`
let server: TestServer
beforeEach(async () => {
  server = await TestServer.start(new MemoryStore({ keepEvents: 20 }))
})
afterEach(async () => {
  expect(server.errors).toEqual([])
  await server.close()
})

const summary = (event: WatchEvent | undefined): string =>
  event === undefined ? 'end' : `${event.type} ${event.object.metadata.name}`
const seen = async (watch: TestWatch, count: number): Promise<string[]> =>
  (await watch.take(count)).map(summary)
const versionOf = (event: WatchEvent | undefined): string => event?.object.metadata.resourceVersion ?? '0'
const revision = async (): Promise<string> => String(await server.store.currentRevision())

test('without a resourceVersion: the present objects, then the changes', async () => {
  await server.post(sets, globalSet('a'))
  const watch = await server.watch(`${sets}?watch=true`)
  expect(await seen(watch, 1)).toEqual(['ADDED a'])
  await server.post(sets, globalSet('b'))
  await server.patch(`${sets}/b`, 'merge', { metadata: { labels: { x: 'y' } } })
  await server.delete(`${sets}/a`)
  const events = await watch.take(3)
  expect(events.map(summary)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED a'])
  expect(events[2]?.object.metadata.resourceVersion).toBe(await revision())
})

test('the answer starts at once, as chunked JSON, before there is any event', async () => {
  const watch = await server.watch(`${sets}?watch=1&resourceVersion=${await revision()}`)
  expect(watch.response.statusCode).toBe(200)
  expect(watch.response.headers['content-type']).toBe('application/json')
  expect(watch.response.headers['content-length']).toBeUndefined()
})

test('resuming from the resourceVersion of any event gives exactly the rest', async () => {
  const list = await server.get(sets)
  for (const name of ['a', 'b', 'c']) await server.post(sets, globalSet(name))
  await server.delete(`${sets}/b`)
  const watch = await server.watch(`${sets}?watch=true&resourceVersion=${list.json.metadata.resourceVersion}`)
  const all = await watch.take(4)
  for (const [index, event] of all.entries()) {
    const resumed = await server.watch(
      `${sets}?watch=true&resourceVersion=${event?.object.metadata.resourceVersion}`,
    )
    expect(await resumed.take(3 - index)).toEqual(all.slice(index + 1))
    resumed.close()
  }
})

test('a label selector turns changes of labels into ADDED and DELETED', async () => {
  const watch = await server.watch(`${sets}?watch=true&labelSelector=app%3Dweb`)
  await server.post(sets, globalSet('a'))
  await server.patch(`${sets}/a`, 'merge', { metadata: { labels: { app: 'web' } } })
  await server.patch(`${sets}/a`, 'merge', { metadata: { labels: { more: 'x' } } })
  await server.patch(`${sets}/a`, 'merge', { metadata: { labels: { app: 'db' } } })
  await server.delete(`${sets}/a`)
  await server.post(sets, globalSet('end', { labels: { app: 'web' } }))
  const events = await watch.take(4)
  expect(events.map(summary)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED end'])
  expect(events[2]?.object.metadata.labels.app).toBe('web')
})

test('one object can be watched, by path or by field selector', async () => {
  await server.post(sets, globalSet('a'))
  const byPath = await server.watch(`${sets}/b?watch=true&resourceVersion=${await revision()}`)
  const byField = await server.watch(`${sets}?watch=true&fieldSelector=metadata.name%3Db`)
  await server.patch(`${sets}/a`, 'merge', { metadata: { labels: { x: 'y' } } })
  await server.post(sets, globalSet('b'))
  expect(await seen(byPath, 1)).toEqual(['ADDED b'])
  expect(await seen(byField, 1)).toEqual(['ADDED b'])
})

test('bookmarks tell how far an idle watch has come, and a watch can resume there', async () => {
  const watch = await server.watch(
    `${sets}?watch=true&allowWatchBookmarks=true&resourceVersion=${await revision()}`,
  )
  await server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } })
  const current = await revision()
  const bookmark = await bookmarkAt(watch, current)
  expect(bookmark).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'GlobalNetworkSet', apiVersion: 'projectcalico.org/v3' },
  })
  const resumed = await server.watch(`${sets}?watch=true&resourceVersion=${versionOf(bookmark)}`)
  await server.post(sets, globalSet('a'))
  expect(await seen(resumed, 1)).toEqual(['ADDED a'])
})

/** The first bookmark that covers the revision: each minute brings one, of how far the watch has come by then. */
async function bookmarkAt(watch: TestWatch, wanted: string): Promise<WatchEvent | undefined> {
  for (;;) {
    server.clock.advance(60_000)
    const bookmark = await watch.next()
    if (bookmark === undefined || BigInt(versionOf(bookmark)) >= BigInt(wanted)) return bookmark
  }
}

test('who asked for none gets no bookmarks', async () => {
  const watch = await server.watch(`${sets}?watch=true&resourceVersion=${await revision()}`)
  server.clock.advance(120_000)
  await server.post(sets, globalSet('a'))
  expect(await seen(watch, 1)).toEqual(['ADDED a'])
})

test('sendInitialEvents: the present state, closed by a marked bookmark', async () => {
  for (const name of ['a', 'b']) await server.post(sets, globalSet(name))
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
  const before = BigInt(await revision())
  const watch = await server.watch(`${sets}?${query}`)
  const events = await watch.take(3)
  expect(events.slice(0, 2).map(summary)).toEqual(['ADDED a', 'ADDED b'])
  expect(events[2]).toMatchObject({
    type: 'BOOKMARK',
    object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  })
  expect(BigInt(versionOf(events[2]))).toBeGreaterThanOrEqual(before)
  expect((await server.get(`${sets}?watch=true&sendInitialEvents=true`)).status).toBe(422)
})

test('sendInitialEvents=false: only what happens from now on', async () => {
  await server.post(sets, globalSet('a'))
  const watch = await server.watch(
    `${sets}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`,
  )
  await server.post(sets, globalSet('b'))
  expect(await seen(watch, 1)).toEqual(['ADDED b'])
})

test('from a compacted revision: one ERROR event with 410, and the end', async () => {
  const old = await revision()
  await server.post(sets, globalSet('a'))
  await server.store.compact(await server.store.currentRevision())
  const watch = await server.watch(`${sets}?watch=true&resourceVersion=${old}`)
  expect(await watch.next()).toMatchObject({
    type: 'ERROR',
    object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
  })
  expect(await watch.next()).toBeUndefined()
})

test('from a revision that is ahead: 504', async () => {
  expect((await server.get(`${sets}?watch=true&resourceVersion=999999`)).status).toBe(504)
})

test('timeoutSeconds ends the stream in good order', async () => {
  const watch = await server.watch(`${sets}?watch=true&timeoutSeconds=30&resourceVersion=${await revision()}`)
  await server.post(sets, globalSet('a'))
  expect(await seen(watch, 1)).toEqual(['ADDED a'])
  server.clock.advance(30_000)
  expect(await watch.next()).toBeUndefined()
  expect(watch.response.complete).toBe(true)
})

test('as a Table: one row an event, columns only once', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const watch = await server.watch(`${sets}?watch=true`, { accept })
  for (const name of ['a', 'b']) await server.post(sets, globalSet(name))
  const [first, second] = await watch.take(2)
  expect(first?.object).toMatchObject({ kind: 'Table', rows: [{ cells: expect.arrayContaining(['a']) }] })
  expect(first?.object.columnDefinitions[0].name).toBe('Name')
  expect(second?.object.columnDefinitions).toBeNull()
  expect(second?.object.rows[0].object.metadata.name).toBe('b')
})

test('stopping the server ends every watch in good order', async () => {
  const other = await TestServer.start()
  const watch = await other.watch(`${sets}?watch=true`)
  await other.close()
  expect(await watch.next()).toBeUndefined()
  expect(watch.response.complete).toBe(true)
})

test('many watchers all see the same events in the same order', async () => {
  const from = await revision()
  const watches = await Promise.all(
    Array.from({ length: 20 }, () => server.watch(`${sets}?watch=true&resourceVersion=${from}`)),
  )
  for (let n = 0; n < 10; n++) await server.post(sets, globalSet(`w${n}`))
  const all = await Promise.all(watches.map((watch) => seen(watch, 10)))
  for (const each of all) expect(each).toEqual(all[0])
  expect(all[0]).toEqual(Array.from({ length: 10 }, (_, n) => `ADDED w${n}`))
})
