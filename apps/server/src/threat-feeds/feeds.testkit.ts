/** The controller of feeds over a store in memory, with a fetch that answers what a test says. */
import { admit, type GlobalNetworkSet, type GlobalThreatFeed, type ResourceObject } from '@margay/resources'
import { MemoryStore, type Store } from '@margay/storage'
import { expect } from 'vitest'
import { keyOf } from '../rest/keys.ts'
import { bumpGeneration, completeNew } from '../rest/prepare.ts'
import { WriteLock } from '../rest/write-lock.ts'
import { TestClock } from '../testing/test-clock.ts'
import {
  type FetchList,
  type ListAnswer,
  type ListRequest,
  PullError,
  type Validators,
} from './fetch-list.ts'
import { asFeed, asSet, feedKey, feedKind, setKeyPrefix } from './kinds.ts'
import { ThreatFeeds } from './threat-feeds.ts'

export type Answer = string | PullError | ListAnswer | Promise<ListAnswer>

/** Answers by URL, and what was asked. */
export class FakeLists {
  readonly answers = new Map<string, Answer>()
  readonly requests: ListRequest[] = []

  readonly fetch: FetchList = async (request) => {
    this.requests.push(request)
    const answer = this.answers.get(request.url) ?? new PullError('PullFailed', 'nobody answers')
    if (answer instanceof PullError) throw answer
    return typeof answer === 'string' ? list(answer) : answer
  }
}

export function list(text: string, validators: Validators = {}): ListAnswer {
  return { kind: 'List', text, validators }
}

export const minute = 60_000
export const hour = 60 * minute
export const url = 'https://feeds.example.com/a'

export const aFeed = (spec: object = {}, http: object = {}): Record<string, unknown> => ({
  pull: { period: '1h', http: { url, ...http } },
  globalNetworkSet: { labels: { feed: 'bad' } },
  ...spec,
})

export class FeedWorld {
  readonly lists = new FakeLists()
  readonly store: Store
  readonly clock: TestClock
  readonly errors: string[] = []
  readonly parts
  #count = 0
  #feeds: ThreatFeeds

  constructor(store: Store = new MemoryStore(), clock = new TestClock()) {
    this.store = store
    this.clock = clock
    const log = {
      info: () => undefined,
      error: (message: string, cause?: unknown) => void this.errors.push(`${message}: ${String(cause)}`),
    }
    const random = { uuid: () => `${this.#count++}-${Math.random()}`, bytes: () => new Uint8Array(1) }
    this.parts = { store, clock, log, random, writes: new WriteLock(), fetchList: this.lists.fetch }
    this.#feeds = new ThreatFeeds(this.parts)
  }

  start(): Promise<void> {
    return this.#feeds.start()
  }

  stop(): Promise<void> {
    return this.#feeds.stop()
  }

  /** Another process, on the same store. */
  async restart(): Promise<void> {
    await this.stop()
    this.#feeds = new ThreatFeeds(this.parts)
    await this.start()
  }

  async apply(name: string, spec: Record<string, unknown>): Promise<void> {
    const wanted = admitted({
      apiVersion: feedKind.apiVersion,
      kind: feedKind.kind,
      metadata: { name },
      spec,
    })
    const stored = await this.store.get(feedKey(name))
    if (stored === undefined) {
      await this.store.create(
        feedKey(name),
        completeNew(wanted, feedKind, `uid-${this.#count++}`, this.clock.now()),
      )
      return
    }
    const updated = bumpGeneration(stored.value, { ...stored.value, spec: wanted.spec }, feedKind)
    await this.store.update(feedKey(name), updated, stored.revision)
  }

  async delete(name: string): Promise<void> {
    await this.store.delete(feedKey(name))
  }

  async put(object: ResourceObject & { metadata: { namespace: string } }, plural: string): Promise<void> {
    const kind = { group: '', plural, namespaced: true }
    await this.store.create(
      keyOf({ ...feedKind, ...kind }, object.metadata.namespace, object.metadata.name),
      object,
    )
  }

  async feed(name = 'a'): Promise<GlobalThreatFeed> {
    const stored = await this.store.get(feedKey(name))
    if (stored === undefined) throw new Error(`no feed ${name}`)
    return asFeed(stored.value)
  }

  async sets(): Promise<GlobalNetworkSet[]> {
    const { objects } = await this.store.list(setKeyPrefix)
    return objects.map(({ value }) => asSet(value))
  }

  async nets(): Promise<Record<string, readonly string[]>> {
    return Object.fromEntries(
      (await this.sets()).map(({ metadata, spec }) => [metadata.name, spec?.nets ?? []]),
    )
  }

  /** Waits until the sets have these nets. */
  async expectNets(wanted: Record<string, readonly string[]>): Promise<void> {
    await expect.poll(() => this.nets()).toEqual(wanted)
  }

  async expectStatus(wanted: object, name = 'a'): Promise<void> {
    await expect.poll(async () => (await this.feed(name)).status).toMatchObject(wanted)
  }

  async expectRequests(count: number): Promise<void> {
    await expect.poll(() => this.lists.requests.length).toBe(count)
  }
}

function admitted(input: unknown): ResourceObject {
  const admission = admit(input)
  if (!admission.ok) throw new Error(JSON.stringify(admission.issues))
  return { ...admission.resource }
}
