import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AlreadyExistsError, CompactedError, ConflictError } from '../errors.ts'
import type { Store } from '../store.ts'
import { resource, take } from '../testing/conformance.ts'
import { EtcdServer, etcdMissing, suiteName } from '../testing/etcd-server.ts'
import { Connection } from './connection.ts'
import { EtcdStore } from './etcd-store.ts'
import { type Operation, putOperation } from './kv-messages.ts'

describe.skipIf(etcdMissing !== undefined)(suiteName('two stores on one etcd'), () => {
  let server: EtcdServer
  let rounds = 0
  let [left, right]: Store[] = []
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  beforeEach(async () => {
    const options = { endpoints: [server.endpoint], prefix: `/round-${++rounds}` }
    left = await EtcdStore.open({ ...options, writer: 'left' })
    right = await EtcdStore.open({ ...options, writer: 'right' })
  })
  afterEach(async () => {
    await left?.close()
    await right?.close()
  })
  afterAll(() => server.remove())

  test('each reads, lists and watches what the other wrote', async () => {
    const [a, b] = both()
    const start = await a.currentRevision()
    const written = await a.create('/x/1', resource('1'))
    expect(await b.get('/x/1')).toEqual(written)
    expect((await b.list('/')).objects).toEqual([written])
    const gone = await b.delete('/x/1')
    const events = await take(a, '/x/', start, 2)
    expect(events).toEqual([
      { type: 'Added', object: written },
      { type: 'Deleted', object: gone, previous: written },
    ])
    expect(await take(b, '/x/', start, 2)).toEqual(events)
  })

  test('of many that create one key, one succeeds, and of updates from one revision too', async () => {
    const stores = Array.from({ length: 20 }, (_, n) => both()[n % 2 === 0 ? 0 : 1])
    const created = await Promise.allSettled(stores.map((store) => store.create('/x', resource('x'))))
    const [winner, ...others] = created.filter(({ status }) => status === 'fulfilled')
    expect(others).toEqual([])
    for (const each of created)
      if (each !== winner) expect(each).toMatchObject({ reason: expect.any(AlreadyExistsError) })
    const { revision = 0n } = (await both()[0].get('/x')) ?? {}
    const updated = await Promise.allSettled(
      stores.map((store, n) => store.update('/x', resource('x', n), revision)),
    )
    expect(updated.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const each of updated) {
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(ConflictError)
    }
  })

  test('each reads and trims its own journal', async () => {
    const [a, b] = both()
    const first = await a.create('/x/1', resource('1'), { journal: { by: 'a' } })
    const second = await b.update('/x/1', resource('1', 2), first.revision, { journal: { by: 'b' } })
    expect(await a.journal().read(0n, 10)).toEqual([{ revision: first.revision, record: { by: 'a' } }])
    await a.journal().trim(second.revision)
    expect(await a.journal().read(0n, 10)).toEqual([])
    expect(await b.journal().read(0n, 10)).toEqual([{ revision: second.revision, record: { by: 'b' } }])
  })

  test('a journal that another process of the same writer left is found', async () => {
    const [a] = both()
    const { revision } = await a.create('/x/1', resource('1'), { journal: { n: 1 } })
    await a.close()
    const again = await EtcdStore.open({
      endpoints: [server.endpoint],
      prefix: `/round-${rounds}`,
      writer: 'left',
    })
    expect(await again.journal().read(0n, 10)).toEqual([{ revision, record: { n: 1 } }])
    const next = await again.create('/x/2', resource('2'), { journal: { n: 2 } })
    expect((await again.journal().read(revision, 10)).map((entry) => entry.revision)).toEqual([next.revision])
    await again.close()
  })

  test('more records than one transaction may delete are trimmed, in order, to the one asked for', async () => {
    const [a] = both()
    const writes = Array.from({ length: 250 }, (_, n) =>
      a.create(`/x/${n}`, resource(`${n}`), { journal: { n } }),
    )
    const revisions = (await Promise.all(writes))
      .map(({ revision }) => revision)
      .sort((x, y) => (x < y ? -1 : 1))
    const entries = await a.journal().read(0n, 1000)
    expect(entries.map(({ revision }) => revision)).toEqual(revisions)
    await a.journal().trim(revisions[219] ?? 0n)
    expect((await a.journal().read(0n, 1000)).map(({ revision }) => revision)).toEqual(revisions.slice(220))
  })

  test('a list of several pages is one state, whatever the other writes meanwhile', {
    timeout: 60_000,
  }, async () => {
    const [a, b] = both()
    const names = Array.from({ length: 1200 }, (_, n) => `/x/${String(n).padStart(5, '0')}`)
    await Promise.all(names.map((name) => a.create(name, resource('x', 'old'))))
    const full = await a.currentRevision()
    const listing = b.list('/x/')
    await Promise.all(names.slice(1000).map((name) => a.delete(name)))
    const { objects, revision, hasMore } = await listing
    const again = await a.list('/x/', { atRevision: revision })
    expect(hasMore).toBe(false)
    expect(again.objects).toEqual(objects)
    const cut = await a.list('/x/', { limit: 1100, atRevision: full })
    expect([cut.objects.length, cut.hasMore]).toEqual([1100, true])
  })

  test('a store that is opened later watches from before it was opened', async () => {
    const [a] = both()
    const start = await a.currentRevision()
    for (let n = 0; n < 5; n++) await a.create(`/x/${n}`, resource(`${n}`))
    const late = await EtcdStore.open({ endpoints: [server.endpoint], prefix: `/round-${rounds}` })
    expect((await take(late, '/x/', start, 5)).map(({ object }) => object.key)).toEqual([
      '/x/0',
      '/x/1',
      '/x/2',
      '/x/3',
      '/x/4',
    ])
    await late.close()
  })

  test('a value of somebody else that is no object is named when it is read, and watchers are sent to read it', async () => {
    const [a] = both()
    const start = await a.create('/x/1', resource('1'))
    const watching = take(a, '/x/', start.revision, 1).catch((error) => error)
    const stranger = new Connection({ endpoints: [server.endpoint], requestTimeoutMs: 5000 })
    const put = (text: string): Operation => putOperation(`/round-${rounds}/x/2`, text)
    for (const text of ['not\nJSON', '[]']) await stranger.txn({ compare: [], success: [put(text)] })
    expect(await watching).toBeInstanceOf(CompactedError)
    const told = 'the store failed to read /x/2: what etcd has there is no JSON object'
    await expect(a.get('/x/2')).rejects.toThrow(told)
    await expect(a.list('/')).rejects.toThrow(told)
    await stranger.txn({ compare: [], success: [put(JSON.stringify(resource('2')))] })
    stranger.close()
    expect((await a.list('/x/')).objects).toHaveLength(2)
    const now = await a.currentRevision()
    const next = await a.update('/x/1', resource('1', 2), start.revision)
    expect(await take(a, '/x/', now, 1)).toEqual([{ type: 'Modified', object: next, previous: start }])
  })

  function both(): [Store, Store] {
    if (left === undefined || right === undefined) throw new Error('the stores are not open')
    return [left, right]
  }
})
