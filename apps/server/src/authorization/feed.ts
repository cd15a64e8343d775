/** The objects below one prefix of the store: all that are there, and then every change. */
import type { ResourceObject } from '@margay/resources'
import { CompactedError, type Store, StoreClosedError, type StoredObject } from '@margay/storage'
import type { Clock, Log } from '../environment.ts'

export interface FeedOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly prefix: string
  readonly put: (object: ResourceObject) => void
  readonly remove: (object: ResourceObject) => void
  readonly changed: () => void
}

const retryAfterMs = 1000

export class Feed {
  readonly #options: FeedOptions
  readonly #known = new Map<string, ResourceObject>()
  readonly #stopping = new AbortController()
  readonly #waiting = new Set<{ readonly revision: bigint; readonly done: () => void }>()
  #revision = 0n
  #running: Promise<void> = Promise.resolve()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Every change up to it has been taken. */
  get revision(): bigint {
    return this.#revision
  }

  /** Resolves when all that is there has been taken. */
  async start(): Promise<void> {
    await this.#list()
    this.#running = this.#run()
  }

  /** Resolves when every change up to the revision has been taken, or the feed has stopped. */
  reached(revision: bigint): Promise<void> {
    if (this.#revision >= revision || this.#stopping.signal.aborted) return Promise.resolve()
    return new Promise((done) => this.#waiting.add({ revision, done }))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    for (const { done } of this.#waiting) done()
    this.#waiting.clear()
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#follow()
        return
      } catch (error) {
        if (error instanceof StoreClosedError) return
        await this.#recover(error)
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    try {
      if (!(error instanceof CompactedError)) throw error
      await this.#list()
    } catch (failure) {
      this.#options.log.error(`cannot follow ${this.#options.prefix} in the store`, failure)
      await this.#pause()
    }
  }

  #pause(): Promise<void> {
    const { signal } = this.#stopping
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(retryAfterMs, resolve)
      signal.addEventListener(
        'abort',
        () => {
          cancel()
          resolve()
        },
        { once: true },
      )
    })
  }

  async #list(): Promise<void> {
    const { store, prefix, put, remove } = this.#options
    const { objects, revision } = await store.list(prefix)
    const present = new Set(objects.map(({ key }) => key))
    for (const [key, object] of this.#known) {
      if (present.has(key)) continue
      this.#known.delete(key)
      remove(object)
    }
    for (const { key, value } of objects) {
      this.#known.set(key, value)
      put(value)
    }
    this.#advance(revision)
    this.#options.changed()
  }

  async #follow(): Promise<void> {
    const { store, prefix } = this.#options
    const watch = {
      fromRevision: this.#revision,
      signal: this.#stopping.signal,
      onProgress: (revision: bigint) => this.#advance(revision),
    }
    for await (const events of store.watch(prefix, watch)) {
      for (const { type, object } of events) this.#take(type === 'Deleted', object)
      this.#options.changed()
    }
  }

  #take(isGone: boolean, { key, value }: StoredObject): void {
    if (isGone) {
      this.#known.delete(key)
      this.#options.remove(value)
    } else {
      this.#known.set(key, value)
      this.#options.put(value)
    }
  }

  #advance(revision: bigint): void {
    if (revision > this.#revision) this.#revision = revision
    for (const waiting of this.#waiting) {
      if (waiting.revision > this.#revision) continue
      this.#waiting.delete(waiting)
      waiting.done()
    }
  }
}
