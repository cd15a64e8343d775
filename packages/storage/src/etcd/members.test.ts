import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { resource } from '../testing/conformance.ts'
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

describe.skipIf(etcdMissing !== undefined)(suiteName('an etcd of three members'), () => {
  let members: EtcdServer[] = []
  beforeAll(async () => {
    members = await EtcdServer.startMembers(3)
    await untilComplete()
  })
  afterAll(() => Promise.all(members.map((member) => member.remove())))

  /** All members are there, and follow one leader. */
  async function untilComplete(): Promise<void> {
    const states = (): Promise<string> =>
      Promise.all(members.map((member) => member.isLeader())).then((all) => all.map(String).sort().join(' '))
    const check = async () => expect(await states()).toBe('false false true')
    await vi.waitFor(check, { timeout: 25_000, interval: 50 })
  }

  async function memberWho(leads: boolean): Promise<EtcdServer> {
    for (const member of members) if ((await member.isLeader()) === leads) return member
    throw new Error(`no member ${leads ? 'leads' : 'follows'}`)
  }

  test('kill -9 of the leader, of a follower, and of the next leader: writes go on, nothing answered is lost, and watches have no gap and no repeat', {
    timeout: 120_000,
  }, async () => {
    const options = {
      endpoints: members.map(({ endpoint }) => endpoint),
      prefix: '/storm',
      keepEvents: 100_000,
    }
    const store = await EtcdStore.open({ ...options, writer: 'storm' })
    const observer = await EtcdStore.open({
      ...options,
      endpoints: options.endpoints.toReversed(),
      writer: 'observer',
    })
    const start = await store.currentRevision()
    const watches = [watchAll(store, start), watchAll(observer, start)]
    const end = new AbortController()
    const answered: Answered[] = []
    const writers = Array.from({ length: 8 }, (_, n) => writeUntil(store, `/w/${n}`, end.signal, answered))
    for (const leads of [true, false, true]) {
      await untilMore(answered, 80)
      const victim = await memberWho(leads)
      await victim.kill()
      await untilMore(answered, 80)
      victim.start()
      await untilComplete()
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

  test('a majority that is gone: reads and writes fail, what was answered before stays, and all goes on when it is back', {
    timeout: 60_000,
  }, async () => {
    const endpoints = members.map(({ endpoint }) => endpoint)
    const store = await EtcdStore.open({ endpoints, prefix: '/minority', requestTimeoutMs: 3000 })
    const first = await store.create('/a', resource('a'))
    const [one, two] = members
    await Promise.all([one?.kill(), two?.kill()])
    const failing = store.update('/a', resource('a', 2), first.revision)
    await expect(failing).rejects.toThrow('does not answer')
    await expect(store.get('/a')).rejects.toThrow('does not answer')
    for (const member of [one, two]) member?.start()
    await untilComplete()
    const now = await store.get('/a')
    // What was not answered may have happened.
    expect(['', 2]).toContain(now?.value.mark)
    await store.update('/a', resource('a', 3), now?.revision ?? 0n)
    await store.close()
  })
})
