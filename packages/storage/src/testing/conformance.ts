/**
 * What every driver of `Store` must do. Each driver's test runs this suite on itself.
 *
 * Revisions rise with every write; a driver may leave some out, and begin where it likes.
 */
import type { ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  FutureRevisionError,
  NotFoundError,
  PreconditionError,
  StoreClosedError,
} from '../errors.ts'
import type { Precondition, Store, StoreEvent } from '../store.ts'

/** A resource whose content is told apart by `mark`. */
export function resource(name: string, mark: string | number = ''): ResourceObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, mark }
}

/** `open` gives an empty store that keeps at least `keepEvents` events; each run of the property opens one. */
export function describeStoreConformance(
  name: string,
  open: (options: { keepEvents: number }) => Promise<Store>,
  propertyRuns = 30,
): void {
  describe(`${name} is a Store`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open({ keepEvents: 1000 })
    })
    afterEach(async () => {
      await store.close()
    })

    test('an empty store has a positive revision and no objects', async () => {
      expect(await store.currentRevision()).toBeGreaterThan(0n)
      expect(await store.list('/')).toMatchObject({ objects: [], hasMore: false })
    })

    test('what was created is read back, under its own revision', async () => {
      const created = await store.create('/a/b', resource('b', 'x'))
      expect(created.revision).toBe(await store.currentRevision())
      expect(await store.get('/a/b')).toEqual(created)
      expect(created.value).toEqual(resource('b', 'x'))
      expect(await store.get('/a')).toBeUndefined()
    })

    test('a later change of the input does not reach the store', async () => {
      const value = resource('b', 'x')
      await store.create('/a/b', value)
      value.metadata.name = 'changed'
      expect((await store.get('/a/b'))?.value.metadata.name).toBe('b')
    })

    test('creating twice fails and changes nothing', async () => {
      const first = await store.create('/a/b', resource('b', 1))
      await expect(store.create('/a/b', resource('b', 2))).rejects.toThrow(AlreadyExistsError)
      expect(await store.get('/a/b')).toEqual(first)
      expect(await store.currentRevision()).toBe(first.revision)
    })

    test('an update takes a later revision', async () => {
      const first = await store.create('/a/b', resource('b', 1))
      const second = await store.update('/a/b', resource('b', 2), first.revision)
      expect(second.revision).toBeGreaterThan(first.revision)
      expect(await store.currentRevision()).toBe(second.revision)
      expect(await store.get('/a/b')).toEqual(second)
    })

    test('an update from an old revision conflicts and changes nothing', async () => {
      const first = await store.create('/a/b', resource('b', 1))
      const second = await store.update('/a/b', resource('b', 2), first.revision)
      const failure = await store.update('/a/b', resource('b', 3), first.revision).catch((error) => error)
      expect(failure).toBeInstanceOf(ConflictError)
      expect(failure).toMatchObject({ expectedRevision: first.revision, actualRevision: second.revision })
      expect(await store.get('/a/b')).toEqual(second)
    })

    test('update and delete of what is not there fail', async () => {
      await expect(store.update('/a/b', resource('b'), 1n)).rejects.toThrow(NotFoundError)
      await expect(store.delete('/a/b')).rejects.toThrow(NotFoundError)
    })

    test('a delete returns the last value with a revision of its own', async () => {
      const first = await store.create('/a/b', resource('b', 1))
      const deleted = await store.delete('/a/b')
      expect(deleted).toEqual({ ...first, revision: await store.currentRevision() })
      expect(deleted.revision).toBeGreaterThan(first.revision)
      expect(await store.get('/a/b')).toBeUndefined()
    })

    test('a delete from an old revision conflicts', async () => {
      const first = await store.create('/a/b', resource('b', 1))
      const second = await store.update('/a/b', resource('b', 2), first.revision)
      await expect(store.delete('/a/b', first.revision)).rejects.toThrow(ConflictError)
      await store.delete('/a/b', second.revision)
    })

    test('a list holds exactly the keys below its prefix, in order', async () => {
      for (const key of ['/a/2', '/a/1', '/ab/1', '/b/1', '/a/1-x', '/a/1.x'])
        await store.create(key, resource('n'))
      expect(await keysOf(store.list('/a/'))).toEqual(['/a/1', '/a/1-x', '/a/1.x', '/a/2'])
      expect(await keysOf(store.list('/'))).toHaveLength(6)
      expect(await keysOf(store.list('/c/'))).toEqual([])
    })

    test('pages at one revision show one state, whatever is written in between', async () => {
      for (const name of ['b', 'd', 'f', 'h']) await store.create(`/x/${name}`, resource(name, 'old'))
      const first = await store.list('/x/', { limit: 2 })
      const { revision } = first
      await store.create('/x/c', resource('c'))
      await store.create('/x/e', resource('e'))
      await store.delete('/x/f')
      const h = await store.get('/x/h')
      await store.update('/x/h', resource('h', 'new'), h?.revision ?? 0n)
      const rest = await store.list('/x/', { limit: 2, startAfter: '/x/d', atRevision: revision })
      expect(first.hasMore).toBe(true)
      expect(rest).toMatchObject({ hasMore: false, revision })
      expect(rest.objects.map(({ key, value }) => [key, value.mark])).toEqual([
        ['/x/f', 'old'],
        ['/x/h', 'old'],
      ])
    })

    test('a watch delivers what happened after its revision, and then what happens', async () => {
      const first = await store.create('/a/1', resource('1', 'x'))
      const second = await store.update('/a/1', resource('1', 'y'), first.revision)
      const events = take(store, '/a/', first.revision, 3)
      await new Promise((resolve) => setTimeout(resolve, 5))
      await store.create('/b/1', resource('other'))
      const third = await store.create('/a/2', resource('2'))
      const deleted = await store.delete('/a/1')
      expect(await events).toEqual([
        { type: 'Modified', object: second, previous: first },
        { type: 'Added', object: third },
        { type: 'Deleted', object: deleted, previous: second },
      ])
    })

    test('an aborted watch ends without an error', async () => {
      const abort = new AbortController()
      const start = await store.currentRevision()
      const watch = collect(store, '/', start, abort.signal)
      await store.create('/a', resource('a'))
      await take(store, '/', start, 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      abort.abort()
      expect(await watch).toHaveLength(1)
    })

    test('closing ends the watches and refuses all else', async () => {
      const watch = collect(store, '/', await store.currentRevision(), new AbortController().signal)
      await store.close()
      expect(await watch).toEqual([])
      await expect(store.get('/a')).rejects.toThrow(StoreClosedError)
      await expect(store.create('/a', resource('a'))).rejects.toThrow(StoreClosedError)
      await expect(store.journal().read(0n, 1)).rejects.toThrow(StoreClosedError)
      await store.close()
    })

    test('progress tells how far a watch without events of its own has come', async () => {
      const abort = new AbortController()
      const fromRevision = await store.currentRevision()
      const reached: bigint[] = []
      const onProgress = (revision: bigint): unknown => reached.push(revision)
      const watch = drain(store.watch('/a/', { fromRevision, signal: abort.signal, onProgress }))
      await store.create('/b/1', resource('1'))
      const { revision } = await store.create('/b/2', resource('2'))
      await expect.poll(() => reached.at(-1)).toBe(revision)
      expect(reached).toEqual([...reached].sort((a, b) => (a < b ? -1 : 1)))
      abort.abort()
      await watch
    })

    test('a write that was decided by an object is committed only while it is as it was', async () => {
      const other = await store.create('/g/k/other', resource('other'))
      const preconditions = [{ key: other.key, revision: other.revision }]
      const first = await store.create('/g/k/a', resource('a'), { preconditions })
      const second = await store.update('/g/k/a', resource('a', 2), first.revision, { preconditions })
      const changed = await store.update(other.key, resource('other', 2), other.revision)
      await refusesAll(second.revision, preconditions)
      const current = [{ key: other.key, revision: changed.revision }]
      await store.delete('/g/k/a', second.revision, { preconditions: current })
      const again = await store.create('/g/k/a', resource('a'))
      await store.delete(other.key)
      await refusesAll(again.revision, current)
      await refusesAll(again.revision, [{ key: '/g/k/never', revision: 0n }])
    })

    test('a write that was decided by a collection is committed only while nothing of it has changed', async () => {
      const { revision: start } = await store.create('/g/k/n/a', resource('a'))
      const preconditions = [{ collection: '/g/other/', revision: start }]
      await store.create('/g/k/n/b', resource('b'), { preconditions })
      const added = await store.create('/g/other/n/x', resource('x'))
      await refusesAll(start, preconditions)
      const sinceAdded = [{ collection: '/g/other/', revision: added.revision }]
      const second = await store.update('/g/k/n/a', resource('a', 2), start, { preconditions: sinceAdded })
      const changed = await store.update('/g/other/n/x', resource('x', 2), added.revision)
      await refusesAll(second.revision, sinceAdded)
      await store.delete('/g/other/n/x')
      await refusesAll(second.revision, [{ collection: '/g/other/', revision: changed.revision }])
      const now = await store.currentRevision()
      await store.delete('/g/k/n/a', second.revision, {
        preconditions: [{ collection: '/g/other/', revision: now }],
      })
    })

    test('of several preconditions the one that fails is named, and what is wrong with the key itself comes first', async () => {
      const { revision } = await store.create('/g/k/a', resource('a'))
      const good = { key: '/g/k/a', revision }
      const bad = { collection: '/g/k/', revision: revision - 1n }
      const preconditions = [good, bad]
      const failure = await store.create('/g/l/b', resource('b'), { preconditions }).catch((error) => error)
      expect(failure).toBeInstanceOf(PreconditionError)
      expect(failure.precondition).toEqual(bad)
      await expect(store.create('/g/k/a', resource('a'), { preconditions })).rejects.toThrow(
        AlreadyExistsError,
      )
      const stale = store.update('/g/k/a', resource('a'), revision - 1n, { preconditions })
      await expect(stale).rejects.toThrow(ConflictError)
      await expect(store.delete('/g/k/b', undefined, { preconditions })).rejects.toThrow(NotFoundError)
    })

    test('the last change of a collection is known, and watches come to it', async () => {
      const collections = ['/g/k/', '/g/l/']
      const created = await store.create('/g/k/n/a', resource('a'))
      expect(await store.lastChange(collections)).toBeGreaterThanOrEqual(created.revision)
      const deleted = await store.delete('/g/k/n/a')
      const last = await store.lastChange(collections)
      expect(last).toBeGreaterThanOrEqual(deleted.revision)
      const abort = new AbortController()
      const reached: bigint[] = []
      const onProgress = (revision: bigint): void => void reached.push(revision)
      const watch = drain(
        store.watch('/g/', { fromRevision: created.revision, signal: abort.signal, onProgress }),
      )
      await expect.poll(() => (reached.at(-1) ?? 0n) >= last).toBe(true)
      abort.abort()
      await watch
    })

    /** Of an existing `/g/k/n/a` or `/g/k/a` at the revision. Nothing is left of what is refused, nor its journal. */
    async function refusesAll(revision: bigint, preconditions: readonly Precondition[]): Promise<void> {
      const before = await store.list('/')
      const [existing = ''] = before.objects
        .map(({ key }) => key)
        .filter((key) => /^\/g\/k\/(n\/)?a$/.test(key))
      const options = { preconditions, journal: { refused: true } }
      await expect(store.create('/g/k/new', resource('new'), options)).rejects.toThrow(PreconditionError)
      await expect(store.update(existing, resource('a', 9), revision, options)).rejects.toThrow(
        PreconditionError,
      )
      await expect(store.delete(existing, revision, options)).rejects.toThrow(PreconditionError)
      expect((await store.list('/')).objects).toEqual(before.objects)
      expect(await store.journal().read(0n, 10)).toEqual([])
    }

    test('the journal has the record of each write, under the revision of the write', async () => {
      const created = await store.create('/a/1', resource('1'), {
        journal: { what: 'create', deep: [{ n: 1 }] },
      })
      const updated = await store.update('/a/1', resource('1', 'x'), created.revision, { journal: { n: 2 } })
      await store.create('/a/2', resource('2'))
      const deleted = await store.delete('/a/1', undefined, { journal: { n: 3 } })
      const entries = [
        { revision: created.revision, record: { what: 'create', deep: [{ n: 1 }] } },
        { revision: updated.revision, record: { n: 2 } },
        { revision: deleted.revision, record: { n: 3 } },
      ]
      expect(await store.journal().read(0n, 10)).toEqual(entries)
      expect(await store.journal().read(0n, 2)).toEqual(entries.slice(0, 2))
      expect(await store.journal().read(created.revision, 1)).toEqual(entries.slice(1, 2))
      expect(await store.journal().read(deleted.revision, 10)).toEqual([])
    })

    test('a write that is refused leaves no record', async () => {
      const { revision } = await store.create('/a/1', resource('1'))
      const options = { journal: { refused: true } }
      await expect(store.create('/a/1', resource('1'), options)).rejects.toThrow(AlreadyExistsError)
      await expect(store.update('/a/1', resource('1'), revision - 1n, options)).rejects.toThrow(ConflictError)
      await expect(store.delete('/a/1', revision - 1n, options)).rejects.toThrow(ConflictError)
      await expect(store.delete('/a/2', undefined, options)).rejects.toThrow(NotFoundError)
      expect(await store.journal().read(0n, 10)).toEqual([])
    })

    test('a trimmed journal keeps what came after, and is neither listed nor watched', async () => {
      const start = await store.currentRevision()
      const revisions: bigint[] = []
      for (const n of [1, 2, 3]) {
        const { revision } = await store.create(`/a/${n}`, resource(`${n}`), { journal: { n } })
        revisions.push(revision)
      }
      await store.journal().trim(revisions[1] ?? 0n)
      expect(await store.journal().read(0n, 10)).toEqual([{ revision: revisions[2], record: { n: 3 } }])
      await store.create('/a/4', resource('4'))
      expect(await keysOf(store.list(''))).toEqual(['/a/1', '/a/2', '/a/3', '/a/4'])
      const events = await take(store, '', start, 4)
      expect(events.map(({ object }) => object.key)).toEqual(['/a/1', '/a/2', '/a/3', '/a/4'])
    })

    test('a later change of a record does not reach the journal', async () => {
      const record = { n: { deep: 1 } }
      await store.create('/a', resource('a'), { journal: record })
      record.n.deep = 2
      expect(await store.journal().read(0n, 1)).toMatchObject([{ record: { n: { deep: 1 } } }])
    })

    test('after compaction neither list nor watch reaches back', async () => {
      const first = await store.create('/a/1', resource('1'))
      const second = await store.create('/a/2', resource('2'))
      await store.create('/a/3', resource('3'))
      await store.compact(second.revision)
      const failure = await take(store, '/a/', first.revision, 1).catch((error) => error)
      expect(failure).toBeInstanceOf(CompactedError)
      expect(failure).toMatchObject({ compactedRevision: second.revision })
      await expect(store.list('/a/', { atRevision: first.revision })).rejects.toThrow(CompactedError)
      expect(await take(store, '/a/', second.revision, 1)).toHaveLength(1)
      expect(await keysOf(store.list('/a/'))).toHaveLength(3)
    })

    test('compacting beyond the present keeps the present', async () => {
      const { revision } = await store.create('/a/1', resource('1'))
      await store.compact(revision + 100n)
      expect(await store.currentRevision()).toBe(revision)
      expect((await store.create('/a/2', resource('2'))).revision).toBeGreaterThan(revision)
      expect(await take(store, '/a/', revision, 1)).toHaveLength(1)
    })

    test('a revision ahead of the store is refused', async () => {
      const current = await store.currentRevision()
      const failure = await store.list('/', { atRevision: current + 1000n }).catch((error) => error)
      expect(failure).toBeInstanceOf(FutureRevisionError)
      expect(failure).toMatchObject({ requestedRevision: current + 1000n, currentRevision: current })
      await expect(take(store, '/', current + 1n, 1)).rejects.toThrow(FutureRevisionError)
    })

    test('the history is bounded: a watcher left behind is told so', async () => {
      const small = await open({ keepEvents: 8 })
      const from = await small.currentRevision()
      for (let n = 0; n < 50; n++) await small.create(`/a/${n}`, resource(String(n)))
      const recent = await take(small, '/a/', (await small.currentRevision()) - 8n, 8)
      await expect(take(small, '/a/', from, 1)).rejects.toThrow(CompactedError)
      expect(recent.map((event) => event.object.value.metadata.name)).toEqual(
        '42 43 44 45 46 47 48 49'.split(' '),
      )
      await small.close()
    })

    test('after any run of writes: list, old lists and the replayed watch agree with a plain map', async () => {
      await fc.assert(
        fc.asyncProperty(anyWrites, async (writes) => {
          const subject = await open({ keepEvents: 1000 })
          try {
            await agreesWithModel(subject, writes)
          } finally {
            await subject.close()
          }
        }),
        { numRuns: propertyRuns },
      )
    })
  })
}

interface Write {
  readonly verb: 'create' | 'update' | 'delete'
  readonly key: string
  readonly mark: number
}

const anyWrites = fc.array(
  fc.record<Write>({
    verb: fc.constantFrom('create', 'update', 'delete'),
    key: fc.constantFrom('/p/a', '/p/b', '/p/c', '/p/d', '/q/a', '/q/b'),
    mark: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 30 },
)

async function agreesWithModel(store: Store, writes: readonly Write[]): Promise<void> {
  const start = await store.currentRevision()
  const model = new Map<string, unknown>()
  const states: { revision: bigint; state: Map<string, unknown> }[] = [{ revision: start, state: new Map() }]
  for (const write of writes) {
    const revision = await applyBoth(store, model, write)
    if (revision !== undefined) states.push({ revision, state: new Map(model) })
  }
  for (const { revision, state } of states) {
    const listed = await store.list('/', { atRevision: revision })
    expect(new Map(listed.objects.map(({ key, value }) => [key, value.mark]))).toEqual(state)
  }
  const replayed = replay(await take(store, '/', start, states.length - 1))
  expect(replayed).toEqual(model)
}

/** The revision that the write took; undefined when both refused it. */
async function applyBoth(
  store: Store,
  model: Map<string, unknown>,
  write: Write,
): Promise<bigint | undefined> {
  const { verb, key, mark } = write
  const present = await store.get(key)
  expect(present !== undefined).toBe(model.has(key))
  if (verb === 'create' ? present !== undefined : present === undefined) return undefined
  if (verb === 'delete') {
    model.delete(key)
    return (await store.delete(key)).revision
  }
  model.set(key, mark)
  const value = resource('n', mark)
  const done = present === undefined ? store.create(key, value) : store.update(key, value, present.revision)
  return (await done).revision
}

function replay(events: readonly StoreEvent[]): Map<string, unknown> {
  const state = new Map<string, unknown>()
  for (const { type, object } of events) {
    if (type === 'Deleted') state.delete(object.key)
    else state.set(object.key, object.value.mark)
  }
  return state
}

async function keysOf(list: ReturnType<Store['list']>): Promise<string[]> {
  return (await list).objects.map(({ key }) => key)
}

/** The first `count` events after `fromRevision`. */
export async function take(
  store: Store,
  prefix: string,
  fromRevision: bigint,
  count: number,
): Promise<StoreEvent[]> {
  const events: StoreEvent[] = []
  if (count === 0) return events
  const abort = new AbortController()
  for await (const some of store.watch(prefix, { fromRevision, signal: abort.signal })) {
    events.push(...some)
    if (events.length >= count) break
  }
  return events.slice(0, count)
}

async function collect(
  store: Store,
  prefix: string,
  fromRevision: bigint,
  signal: AbortSignal,
): Promise<StoreEvent[]> {
  const events: StoreEvent[] = []
  for await (const some of store.watch(prefix, { fromRevision, signal })) events.push(...some)
  return events
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}
