import { MemoryStore, type Store } from '@margay/storage'
import { expect, test } from 'vitest'
import { WriteLock } from '../rest/write-lock.ts'
import { TestClock } from '../testing/test-clock.ts'
import { ServerLease } from './server-lease.ts'

const clock = new TestClock()
let count = 0

function lease(store: Store): ServerLease {
  const random = { uuid: () => `server-${count++}`, bytes: () => new Uint8Array(1) }
  const log = { info: () => undefined, error: () => undefined }
  return new ServerLease(
    { store, clock, random, log, writes: new WriteLock() },
    { namespace: 'n', name: 'feeds' },
  )
}

test('one holds it; another one takes it over once it was not renewed for as long as it lasts', async () => {
  const store = new MemoryStore()
  const [one, two] = [lease(store), lease(store)]
  expect([await one.hold(), await two.hold()]).toEqual([true, false])
  for (let n = 0; n < 10; n++) {
    clock.advance(5000)
    expect([await one.hold(), await two.hold()]).toEqual([true, false])
  }
  clock.advance(29_999)
  expect(await two.hold()).toBe(false)
  clock.advance(1)
  expect(await two.hold()).toBe(true)
  expect(await one.hold()).toBe(false)
})

test('one that is released is free at once', async () => {
  const store = new MemoryStore()
  const [one, two] = [lease(store), lease(store)]
  await one.hold()
  await one.release()
  expect([await two.hold(), await one.hold()]).toEqual([true, false])
})

test('a holder that does not reach the store lets go before another one may begin', async () => {
  const store = new MemoryStore()
  const one = lease(store)
  expect(await one.hold()).toBe(true)
  const works = store.update.bind(store)
  store.update = () => Promise.reject(new Error('away'))
  clock.advance(19_000)
  expect(await one.hold()).toBe(true)
  clock.advance(1000)
  expect(await one.hold()).toBe(false)
  store.update = works
  expect(await one.hold()).toBe(true)
})

test('of two that want it at the same time, one gets it', async () => {
  const store = new MemoryStore()
  const held = await Promise.all([lease(store), lease(store), lease(store)].map((it) => it.hold()))
  expect(held.filter((it) => it)).toHaveLength(1)
})
