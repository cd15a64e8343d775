import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FutureRevisionError, StoreUnreachableError } from '../errors.ts'
import { resource, take } from '../testing/conformance.ts'
import { EtcdServer, etcdMissing, suiteName } from '../testing/etcd-server.ts'
import {
  type Answered,
  expectComplete,
  expectJournal,
  untilMore,
  watchAll,
  writeUntil,
} from '../testing/storm.ts'
import { EtcdStore } from './etcd-store.ts'

describe.skipIf(etcdMissing !== undefined)(suiteName('etcd that dies'), () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await EtcdServer.start()
  })
  afterAll(() => server.remove())

  test('kill -9 under a storm of writes: what was answered is there with its record, and watches have no gap and no repeat', {
    timeout: 120_000,
  }, async () => {
    const options = { endpoints: [server.endpoint], prefix: '/storm', keepEvents: 100_000 }
    const store = await EtcdStore.open({ ...options, writer: 'storm' })
    const observer = await EtcdStore.open({ ...options, writer: 'observer' })
    const start = await store.currentRevision()
    const watches = [watchAll(store, start), watchAll(observer, start)]
    const end = new AbortController()
    const answered: Answered[] = []
    const writers = Array.from({ length: 16 }, (_, n) => writeUntil(store, `/w/${n}`, end.signal, answered))
    for (let round = 0; round < 3; round++) {
      await untilMore(answered, 80)
      await server.kill()
      await sleep(100)
      server.start()
    }
    await untilMore(answered, 80)
    end.abort()
    await Promise.all(writers)
    const last = await store.create('/last', resource('last'))
    for (const each of [store, observer]) watches.push(watchAll(each, start))
    for (const watch of watches) expectComplete(await watch.until(last.revision), answered)
    await expectJournal(store, (await watches[0]?.until(last.revision)) ?? [], answered)
    await store.close()
    await observer.close()
  })

  test('a watch that etcd has compacted away during a break says so, and a new one goes on', async () => {
    const options = { endpoints: [server.endpoint], prefix: '/compacted' }
    const before = await EtcdStore.open(options)
    const { revision } = await before.create('/a/1', resource('1'))
    for (let n = 0; n < 5; n++) await before.create(`/b/${n}`, resource('b'))
    await before.compact(await before.currentRevision())
    await before.close()
    const after = await EtcdStore.open(options)
    await expect(take(after, '/', revision, 1)).rejects.toThrow(/has been compacted; the oldest available is/)
    const now = await after.currentRevision()
    const next = await after.create('/a/2', resource('2'))
    expect(await take(after, '/', now, 1)).toEqual([{ type: 'Added', object: next }])
    await after.close()
  })

  test('while etcd is away, requests fail in time with one line that names it, and it is found again', async () => {
    const store = await EtcdStore.open({
      endpoints: [server.endpoint],
      prefix: '/away',
      requestTimeoutMs: 1500,
    })
    const first = await store.create('/a', resource('a'))
    await server.kill()
    const startedAt = performance.now()
    const failure = await store.update('/a', resource('a', 1), first.revision).catch((error) => error)
    expect(performance.now() - startedAt).toBeLessThan(4500)
    expect(failure).toBeInstanceOf(StoreUnreachableError)
    expect(failure.message).toMatch(/^etcd at http:\S+ does not answer: .+$/)
    await expect(store.get('/a')).rejects.toThrow(StoreUnreachableError)
    server.start()
    await expect.poll(() => store.get('/a').catch(() => undefined), { timeout: 10_000 }).toEqual(first)
    await store.close()
  })

  test('an etcd that comes back with an older history: watchers are told, and new ones go on', async () => {
    const store = await EtcdStore.open({ endpoints: [server.endpoint], prefix: '/lost' })
    let { revision } = await store.create('/a', resource('a'))
    for (let n = 0; n < 20; n++) revision = (await store.update('/a', resource('a', n), revision)).revision
    const waiting = take(store, '/', revision, 1).catch((error) => error)
    await sleep(200)
    await server.killAndEmpty()
    server.start()
    expect(await waiting).toBeInstanceOf(FutureRevisionError)
    expect(await store.get('/a')).toBeUndefined()
    const now = await store.currentRevision()
    const next = await store.create('/b', resource('b'))
    expect(await take(store, '/', now, 1)).toEqual([{ type: 'Added', object: next }])
    await expect(take(store, '/', revision, 1)).rejects.toThrow(FutureRevisionError)
    await store.close()
  })
})
