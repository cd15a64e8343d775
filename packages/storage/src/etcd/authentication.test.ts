import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StorePermissionError } from '../errors.ts'
import { resource, take } from '../testing/conformance.ts'
import { EtcdServer, etcdMissing, suiteName } from '../testing/etcd-server.ts'
import { askForUsers } from '../testing/etcd-users.ts'
import { EtcdStore } from './etcd-store.ts'

const login = { user: 'margay', password: 'right' }
const prefix = '/margay/registry'

describe.skipIf(etcdMissing !== undefined)(suiteName('an etcd that asks who we are'), () => {
  let server: EtcdServer
  let early: EtcdStore
  beforeAll(async () => {
    server = await EtcdServer.start()
    early = await EtcdStore.open({ endpoints: [server.endpoint], login })
    await early.create('/early', resource('early'))
    await askForUsers(server.endpoint, [{ name: login.user, password: login.password, prefix }])
  })
  afterAll(async () => {
    await early.close()
    await server.remove()
  })

  test('with name and password everything works within the prefix', async () => {
    const store = await EtcdStore.open({ endpoints: [server.endpoint], login })
    const start = await store.currentRevision()
    const created = await store.create('/a', resource('a'), { journal: { n: 1 } })
    expect(await take(store, '/', start, 1)).toEqual([{ type: 'Added', object: created }])
    expect((await store.list('/')).objects).toHaveLength(2)
    expect(await store.journal().read(0n, 10)).toEqual([{ revision: created.revision, record: { n: 1 } }])
    await store.journal().trim(created.revision)
    await store.delete('/a')
    await store.compact(created.revision)
    await store.close()
  })

  test('a store that was open before etcd began to ask goes on', async () => {
    expect((await early.get('/early'))?.key).toBe('/early')
    await early.delete((await early.create('/late', resource('late'))).key)
  })

  test('etcd forgets its tokens when it starts again, and nobody notices: neither who writes nor who only watches', async () => {
    const options = { endpoints: [server.endpoint], login }
    const [store, watcher] = [await EtcdStore.open(options), await EtcdStore.open(options)]
    const events = take(watcher, '/', await store.currentRevision(), 2)
    const first = await store.create('/b', resource('b'))
    // So that etcd does not replay the logins from its log.
    await sleep(300)
    await server.kill()
    server.start()
    await expect.poll(() => store.get('/b').catch(() => undefined), { timeout: 10_000 }).toEqual(first)
    const many = await Promise.all(Array.from({ length: 20 }, () => store.get('/b')))
    expect(many).toEqual(Array.from({ length: 20 }, () => first))
    const second = await store.update('/b', resource('b', 2), first.revision)
    expect((await events).map(({ object }) => object)).toEqual([first, second])
    await store.close()
    await watcher.close()
  })

  test('a wrong password, no login, and a prefix without permission are refused in one line that says so', async () => {
    const endpoints = [server.endpoint]
    const refused = [
      { options: { login: { ...login, password: 'wrong' } }, reason: 'invalid user ID or password' },
      { options: {}, reason: 'user name is empty' },
      { options: { login, prefix: '/elsewhere' }, reason: 'permission denied' },
    ]
    for (const { options, reason } of refused) {
      const failure = await EtcdStore.open({ endpoints, ...options }).catch((error) => error)
      expect(failure).toBeInstanceOf(StorePermissionError)
      expect(failure.message).toMatch(/^etcd at http:\S+ does not let us open: .+$/)
      expect(failure.message).toContain(reason)
      expect(failure.message).not.toContain('wrong')
    }
  })
})
