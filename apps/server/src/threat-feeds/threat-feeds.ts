/**
 * Pulls what GlobalThreatFeeds name, and keeps their GlobalNetworkSets: one of the servers on a store does.
 *
 * Holds  Where there are no feeds, nothing is written and nothing waited for.
 */
import { type GlobalThreatFeed, threatFeedNamespace } from '@margay/resources'
import { StoreClosedError } from '@margay/storage'
import { Feed } from '../authorization/feed.ts'
import { FeedRunner, type RunnerParts } from './feed-runner.ts'
import { FeedSets } from './feed-sets.ts'
import { Gate } from './gate.ts'
import { asFeed, feedCollection } from './kinds.ts'
import { ServerLease } from './server-lease.ts'

const renewMs = 5000
/** Each has a list in memory. */
const pullsAtOnce = 3

export class ThreatFeeds {
  readonly #parts: RunnerParts
  readonly #changes: Feed
  readonly #lease: ServerLease
  readonly #sets: FeedSets
  readonly #feeds = new Map<string, GlobalThreatFeed>()
  readonly #runners = new Map<string, FeedRunner>()
  /** A feed may have gone, here or while no server ran, and left its sets behind. */
  #mayHaveOrphans = true
  #isDirty = false
  #isStopped = false
  #running: Promise<void> | undefined
  #cancel: () => void = () => undefined

  constructor(parts: Omit<RunnerParts, 'gate'>) {
    this.#parts = { ...parts, gate: new Gate(pullsAtOnce) }
    this.#sets = new FeedSets(parts)
    this.#lease = new ServerLease(parts, { namespace: threatFeedNamespace, name: 'threat-feeds' })
    this.#changes = new Feed({
      ...parts,
      prefix: feedCollection,
      put: (object) => this.#feeds.set(object.metadata.name, asFeed(object)),
      remove: ({ metadata }) => {
        this.#feeds.delete(metadata.name)
        this.#mayHaveOrphans = true
      },
      changed: () => this.#wake(),
    })
  }

  /** Resolves when all feeds are known. */
  async start(): Promise<void> {
    await this.#changes.start()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#changes.stop()
    await this.#running
    await this.#stopRunners()
    await this.#quietly(() => this.#lease.release())
  }

  #wake(): void {
    this.#isDirty = true
    this.#cancel()
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    let isWanted = true
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false
      isWanted = (await this.#quietly(() => this.#look())) ?? true
    }
    this.#running = undefined
    if (isWanted && !this.#isStopped) this.#cancel = this.#parts.clock.after(renewMs, () => this.#wake())
  }

  /** Resolves to whether there is something that the lease is wanted for. */
  async #look(): Promise<boolean> {
    if (!(await this.#isWanted())) {
      await this.#stopRunners()
      await this.#lease.release()
      return false
    }
    if (!(await this.#lease.hold())) await this.#stopRunners()
    else {
      await this.#followFeeds()
      await this.#clean()
    }
    return true
  }

  async #isWanted(): Promise<boolean> {
    if (this.#feeds.size > 0) return true
    this.#mayHaveOrphans &&= await this.#sets.hasSets()
    return this.#mayHaveOrphans
  }

  async #followFeeds(): Promise<void> {
    for (const [name, runner] of this.#runners) {
      if (this.#feeds.has(name)) continue
      this.#runners.delete(name)
      await runner.stop()
    }
    for (const [name, feed] of this.#feeds) {
      const runner = this.#runners.get(name)
      if (runner === undefined) this.#runners.set(name, new FeedRunner(this.#parts, feed))
      else runner.update(feed)
    }
  }

  async #clean(): Promise<void> {
    if (!this.#mayHaveOrphans) return
    this.#mayHaveOrphans = false
    try {
      await this.#sets.removeOrphans()
    } catch (error) {
      this.#mayHaveOrphans = true
      throw error
    }
  }

  async #stopRunners(): Promise<void> {
    const runners = [...this.#runners.values()]
    this.#runners.clear()
    for (const runner of runners) await runner.stop()
  }

  async #quietly<T>(task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof StoreClosedError))
        this.#parts.log.error('threat feeds could not be looked after', error)
      return undefined
    }
  }
}
