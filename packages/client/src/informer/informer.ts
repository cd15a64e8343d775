/**
 * A view of all objects of a kind that stays true: list once, then watch for ever.
 *
 * Output  Every change, in order, and `synced` after each complete list.
 * Holds   1. No change is told before a list is complete, so nobody ever acts on half of a view.
 *         2. After a break of any kind the view catches up: from the last resourceVersion seen, bookmarks included, or,
 *            where the server no longer knows it, by a new list of which only the differences are told.
 *         3. It never gives up, and never asks in a tight loop: what fails, or ends without any use, is tried again
 *            after a growing, jittered delay.
 *         4. A connection that has gone silent is given up after the idle timeout; a server that knows bookmarks sends
 *            one about each minute.
 * Source  The reflector of the Kubernetes Go client, by its documented behaviour.
 */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { ApiClient, Scope } from '../api-client.ts'
import { isGone, isResourceVersionTooLarge } from '../http/api-error.ts'
import { WatchProtocolError } from '../watch/watch-event.ts'
import { BackOff, type BackOffLimits } from './back-off.ts'
import type { Clock } from './clock.ts'
import { ObjectCache, type ObjectChange } from './object-cache.ts'

export type InformerChange =
  | ObjectChange
  /** The view is complete: after the first list, and again after each later one. */
  | { readonly type: 'synced' }

export interface InformerOptions extends Omit<Scope, 'signal'> {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** What it throws is logged, and the informer goes on. */
  readonly onChange: (change: InformerChange) => void
  /** One line for each trouble; the informer deals with all of them itself. */
  readonly log?: (message: string) => void
  /** Milliseconds without any event or bookmark; 150,000 by default. */
  readonly idleTimeoutMs?: number
  readonly backOff?: BackOffLimits
}

const defaultIdleTimeoutMs = 150_000
const defaultBackOff: BackOffLimits = { initialMs: 500, maxMs: 30_000 }
/** The server is asked to end a watch after this, times 1 to 2: connections then spread over servers again. */
const watchTimeoutSeconds = 300
/** A watch that ends sooner, and without an event, was of no use. */
const usefulWatchMs = 1000

export class Informer {
  readonly #client: Pick<ApiClient, 'list' | 'watch'>
  readonly #kind: KindDefinition
  readonly #options: InformerOptions
  readonly #scope: Scope
  readonly #backOff: BackOff
  readonly #cache = new ObjectCache()
  readonly #stopping = new AbortController()
  readonly #synced = Promise.withResolvers<void>()
  #running: Promise<void> | undefined
  /** To watch from; undefined: list first. */
  #resourceVersion: string | undefined
  #hasSynced = false
  #failure: unknown

  constructor(client: Pick<ApiClient, 'list' | 'watch'>, kind: KindDefinition, options: InformerOptions) {
    this.#client = client
    this.#kind = kind
    this.#options = options
    const { namespace, labelSelector, fieldSelector } = options
    this.#scope = { namespace, labelSelector, fieldSelector }
    this.#backOff = new BackOff(options.backOff ?? defaultBackOff, options.random)
  }

  /** Whether a complete list has been told. */
  get hasSynced(): boolean {
    return this.#hasSynced
  }

  /** Whether a list or a watch failed, and no event has come since. */
  get isFailing(): boolean {
    return this.#backOff.failures > 0
  }

  /** Why, while it is failing; undefined otherwise. */
  get failure(): unknown {
    return this.isFailing ? this.#failure : undefined
  }

  /** By `namespace/name`, or `name` for kinds that belong to no namespace. */
  get items(): ReadonlyMap<string, ResourceObject> {
    return this.#cache.items
  }

  /** Up to which all changes were told, as the server counts them; undefined before the first list, and before a new one. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion
  }

  /** Resolves at the first `synced`; never, if it is stopped before. */
  whenSynced(): Promise<void> {
    return this.#synced.promise
  }

  /** Does nothing if it was started before. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when no more changes will be told. It can't be started again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#listAndWatch()
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        await this.#recover(error)
      }
    }
  }

  async #listAndWatch(): Promise<void> {
    this.#resourceVersion ??= await this.#list()
    const isUseful = await this.#watch(this.#resourceVersion)
    if (!isUseful) throw new UselessWatchError()
  }

  async #list(): Promise<string> {
    const { signal } = this.#stopping
    const { items, resourceVersion } = await this.#client.list(this.#kind, { ...this.#scope, signal })
    signal.throwIfAborted()
    for (const change of this.#cache.replace(items)) this.#tell(change)
    this.#hasSynced = true
    this.#tell({ type: 'synced' })
    this.#synced.resolve()
    return resourceVersion
  }

  /** Until the server ends it in good order. False: it was over at once, without any event. */
  async #watch(resourceVersion: string): Promise<boolean> {
    const { clock, random } = this.#options
    const startedMs = clock.now().getTime()
    const idle = new IdleTimer(clock, this.#options.idleTimeoutMs ?? defaultIdleTimeoutMs)
    const signal = AbortSignal.any([this.#stopping.signal, idle.signal])
    const timeoutSeconds = Math.round(watchTimeoutSeconds * (1 + random()))
    let hasEvents = false
    try {
      const watch = { ...this.#scope, resourceVersion, timeoutSeconds, signal }
      for await (const event of this.#client.watch(this.#kind, watch)) {
        signal.throwIfAborted()
        idle.restart()
        hasEvents = true
        this.#backOff.reset()
        if (event.type !== 'BOOKMARK') for (const change of this.#cache.take(event)) this.#tell(change)
        this.#resourceVersion =
          event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion
      }
    } finally {
      idle.stop()
    }
    return hasEvents || clock.now().getTime() - startedMs >= usefulWatchMs
  }

  async #recover(error: unknown): Promise<void> {
    const isFirst = this.#backOff.failures === 0
    this.#failure = error
    const delayMs = this.#backOff.next()
    if (mustList(error)) {
      this.#resourceVersion = undefined
      // A list is the cure for this, so the first time there is no reason to wait.
      if (isFirst) return
    }
    this.#options.log?.(`${this.#kind.plural}: ${lineOf(error)}; trying again in ${delayMs} ms`)
    await this.#sleep(delayMs)
  }

  #tell(change: InformerChange): void {
    try {
      this.#options.onChange(change)
    } catch (error) {
      const what = change.type === 'synced' ? 'the complete list' : `${change.type} ${change.key}`
      this.#options.log?.(`${this.#kind.plural}: what was to be done about ${what} failed: ${lineOf(error)}`)
    }
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#stopping
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const cancel = this.#options.clock.after(ms, wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

/** Aborts its signal when nothing has happened for a while. */
class IdleTimer {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #abort = new AbortController()
  #cancel: () => void = () => undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  restart(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(this.#timeoutMs, () => this.#abort.abort(new IdleError(this.#timeoutMs)))
  }

  stop(): void {
    this.#cancel()
  }
}

class IdleError extends Error {
  constructor(timeoutMs: number) {
    super(`the watch was silent for ${timeoutMs} ms`)
  }
}

class UselessWatchError extends Error {
  constructor() {
    super('the server ended the watch at once')
  }
}

/** The state that we would resume from is not one that the server can go on from. */
function mustList(error: unknown): boolean {
  return isGone(error) || isResourceVersionTooLarge(error) || error instanceof WatchProtocolError
}

function lineOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
