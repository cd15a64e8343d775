/** Many that write without a pause while etcd dies and comes back, and what must be true of it afterwards. */
import { expect } from 'vitest'
import { ConflictError, StoreUnreachableError } from '../errors.ts'
import type { Store, StoreEvent } from '../store.ts'
import { resource } from './conformance.ts'

export interface Answered {
  readonly key: string
  readonly revision: bigint
  readonly mark: number
}

/** One write after the other to one key; when it is not known whether one has happened, it looks. */
export async function writeUntil(
  store: Store,
  key: string,
  signal: AbortSignal,
  answered: Answered[],
): Promise<void> {
  let revision: bigint | undefined
  for (let mark = 0; !signal.aborted; mark++) {
    try {
      const value = resource('w', mark)
      const options = { journal: { key, mark } }
      const write =
        revision === undefined
          ? store.create(key, value, options)
          : store.update(key, value, revision, options)
      revision = (await write).revision
      answered.push({ key, revision, mark })
    } catch (error) {
      if (!(error instanceof StoreUnreachableError || error instanceof ConflictError)) throw error
      revision = (await store.get(key).catch(() => undefined))?.revision ?? revision
    }
  }
}

export function untilMore(answered: readonly Answered[], count: number): Promise<void> {
  const enough = answered.length + count
  return expect.poll(() => answered.length, { timeout: 30_000 }).toBeGreaterThan(enough)
}

export function watchAll(store: Store, fromRevision: bigint) {
  const events: StoreEvent[] = []
  const abort = new AbortController()
  const done = (async () => {
    for await (const some of store.watch('/', { fromRevision, signal: abort.signal })) events.push(...some)
  })()
  const until = async (revision: bigint): Promise<StoreEvent[]> => {
    await expect.poll(() => events.at(-1)?.object.revision, { timeout: 30_000 }).toBe(revision)
    abort.abort()
    await done
    return events
  }
  return { until }
}

/** Each event once and in order, each with what stood there before; every answered write among them. */
export function expectComplete(events: readonly StoreEvent[], answered: readonly Answered[]): void {
  const byRevision = new Map<bigint, StoreEvent>()
  const state = new Map<string, bigint>()
  let highest = 0n
  for (const event of events) {
    const { key, revision } = event.object
    expect(revision).toBeGreaterThan(highest)
    expect(event.previous?.revision).toBe(state.get(key))
    state.set(key, revision)
    byRevision.set(revision, event)
    highest = revision
  }
  for (const { key, revision, mark } of answered) {
    expect(byRevision.get(revision)).toMatchObject({ object: { key, value: { mark } } })
  }
}

/** A record for each write that has happened, answered or not, and for no other. */
export async function expectJournal(
  store: Store,
  events: readonly StoreEvent[],
  answered: readonly Answered[],
): Promise<void> {
  const entries = await store.journal().read(0n, 1_000_000)
  const written = events.filter(({ object }) => object.key !== '/last').map(({ object }) => object)
  expect(entries).toEqual(
    written.map(({ key, revision, value }) => ({ revision, record: { key, mark: value.mark } })),
  )
  expect(entries.length).toBeGreaterThanOrEqual(answered.length)
}
