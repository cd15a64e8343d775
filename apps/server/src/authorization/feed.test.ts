import type { ResourceObject } from '@margay/resources'
import { CompactedError, MemoryStore, type Store, type WatchOptions } from '@margay/storage'
import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import { Feed } from './feed.ts'

const object = (name: string): ResourceObject => ({ apiVersion: 'v1', kind: 'K', metadata: { name } })

/** A store whose watches fail as they are told to. */
class BreakingStore extends MemoryStore {
  readonly failures: Error[] = []
  override async *watch(prefix: string, options: WatchOptions) {
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    yield* super.watch(prefix, options)
  }
}

async function follow(store: Store) {
  const known = new Set<string>()
  const errors: string[] = []
  const clock = new TestClock()
  const feed = new Feed({
    store,
    clock,
    log: { info: () => undefined, error: (message) => errors.push(message) },
    prefix: '/g/',
    put: ({ metadata }) => known.add(metadata.name),
    remove: ({ metadata }) => known.delete(metadata.name),
    changed: () => undefined,
  })
  await feed.start()
  return { known, errors, clock, feed }
}

test('it knows what is there, and after that every change that was waited for', async () => {
  const store = new MemoryStore()
  await store.create('/g/a', object('a'))
  await store.create('/h/x', object('x'))
  const { known, feed } = await follow(store)
  expect([...known]).toEqual(['a'])
  const { revision } = await store.create('/g/b', object('b'))
  await feed.reached(revision)
  expect([...known]).toEqual(['a', 'b'])
  await feed.reached((await store.delete('/g/a')).revision)
  await feed.reached((await store.create('/h/y', object('y'))).revision)
  expect([...known]).toEqual(['b'])
  await feed.stop()
  await feed.reached(1000n)
})

test('when the history is gone, it lists again, and forgets what is no longer there', async () => {
  const store = new BreakingStore()
  await store.create('/g/a', object('a'))
  store.failures.push(new CompactedError(1n, 2n))
  const { known, errors, feed } = await follow(store)
  await store.create('/g/b', object('b'))
  await store.delete('/g/a')
  await feed.reached(await store.currentRevision())
  expect([...known]).toEqual(['b'])
  expect(errors).toEqual([])
  await feed.stop()
})

test('when the store fails otherwise, it says so, and tries again', async () => {
  const store = new BreakingStore()
  store.failures.push(new Error('away'))
  const { known, errors, clock, feed } = await follow(store)
  const { revision } = await store.create('/g/a', object('a'))
  await expect.poll(() => errors).toEqual(['cannot follow /g/ in the store'])
  expect([...known]).toEqual([])
  clock.advance(1000)
  await feed.reached(revision)
  expect([...known]).toEqual(['a'])
  await feed.stop()
})
