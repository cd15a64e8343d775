/**
 * One feed, as long as it is there: pulled when it is due, at once when it was changed, and again soon when that failed.
 *
 * Holds  1. One thing at a time. A change ends the pull that is under way, and nothing that it brought is used.
 *        2. Whatever goes wrong with a pull, what the last good one brought stays.
 */
import type { GlobalThreatFeed } from '@margay/resources'
import { StoreClosedError } from '@margay/storage'
import type { Environment } from '../environment.ts'
import { FeedChangedError, FeedSets } from './feed-sets.ts'
import { cleared, confirmed, failed, synced, writeStatus } from './feed-status.ts'
import { type FetchList, type ListAnswer, PullError, type Validators } from './fetch-list.ts'
import type { Gate } from './gate.ts'
import { headersOf } from './headers.ts'
import { versionOf } from './kinds.ts'
import { parseList } from './parse-list.ts'
import { readEntries } from './read-entries.ts'
import { firstPullMs, nextPullMs } from './schedule.ts'

export interface RunnerParts extends Pick<Environment, 'store' | 'writes' | 'clock' | 'random' | 'log'> {
  readonly fetchList: FetchList
  /** How many pulls may be under way, of all feeds. */
  readonly gate: Gate
}

/** Timers can't wait for longer than 24 days. */
const longestSleepMs = 86_400_000

export class FeedRunner {
  readonly #parts: RunnerParts
  readonly #sets: FeedSets
  #feed: GlobalThreatFeed
  /** What was begun with. */
  #version: string | undefined
  #dueAt = 0
  #failures = 0
  /** Of the last list, and of the sets as it left them. */
  #last: { readonly validators: Validators; readonly sets: string } | undefined
  #pulling = new AbortController()
  #cancel: () => void = () => undefined
  #isDirty = false
  #isStopped = false
  #running: Promise<void> | undefined

  constructor(parts: RunnerParts, feed: GlobalThreatFeed) {
    this.#parts = parts
    this.#sets = new FeedSets(parts)
    this.#feed = feed
    this.#wake()
  }

  /** The feed as it is now; that its status was written makes no difference. */
  update(feed: GlobalThreatFeed): void {
    const isChanged = versionOf(feed) !== versionOf(this.#feed)
    this.#feed = feed
    if (!isChanged) return
    this.#pulling.abort()
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#pulling.abort()
    this.#cancel()
    await this.#running
  }

  #wake(): void {
    this.#isDirty = true
    this.#cancel()
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false
      this.#pulling = new AbortController()
      await this.#step()
    }
    this.#running = undefined
    this.#sleep()
  }

  #sleep(): void {
    if (this.#isStopped || this.#dueAt === Number.POSITIVE_INFINITY) return
    const ms = Math.min(this.#dueAt - this.#now(), longestSleepMs)
    this.#cancel = this.#parts.clock.after(Math.max(ms, 0), () => {
      if (this.#now() >= this.#dueAt) this.#wake()
      else this.#sleep()
    })
  }

  async #step(): Promise<void> {
    const feed = this.#feed
    try {
      if (this.#version !== versionOf(feed)) await this.#begin(feed)
      if (this.#now() >= this.#dueAt) await this.#pull(feed)
    } catch (error) {
      await this.#fail(feed, error)
    }
  }

  /** What does not wait for a list: sets that are not wanted go, others get their labels. */
  async #begin(feed: GlobalThreatFeed): Promise<void> {
    const isFirst = this.#version === undefined
    this.#last = undefined
    this.#failures = 0
    this.#dueAt = this.#now()
    const problem = standstill(feed)
    const sets = fillsSets(feed) ? await this.#sets.relabel(feed) : await this.#sets.publish(feed, [])
    if (problem !== undefined) {
      await writeStatus(this.#parts, feed, cleared(problem))
      this.#dueAt = Number.POSITIVE_INFINITY
    } else if (isFirst && sets === (feed.status?.sets ?? 0))
      this.#dueAt += firstPullMs(feed, this.#parts.clock.now())
    this.#version = versionOf(feed)
  }

  async #pull(feed: GlobalThreatFeed): Promise<void> {
    const { signal } = this.#pulling
    await this.#parts.gate.run(async () => {
      const answer = await this.#fetch(feed, signal)
      if (signal.aborted) throw new FeedChangedError()
      if (answer.kind === 'List') await this.#take(feed, answer)
      else await writeStatus(this.#parts, feed, confirmed(this.#parts.clock.now()))
    })
    this.#failures = 0
    this.#dueAt = this.#now() + nextPullMs(feed, 0, this.#chance())
  }

  async #fetch(feed: GlobalThreatFeed, signal: AbortSignal): Promise<ListAnswer> {
    const url = feed.spec.pull?.http.url ?? ''
    const headers = await headersOf(feed, this.#parts.store)
    const known = await this.#known(feed)
    return this.#parts.fetchList({ url, headers, signal, ...(known === undefined ? {} : { known }) })
  }

  /** Where somebody has changed a set meanwhile, the list is wanted whatever it is. */
  async #known(feed: GlobalThreatFeed): Promise<Validators | undefined> {
    if (this.#last === undefined) return undefined
    return this.#last.sets === (await this.#sets.versionOf(feed)) ? this.#last.validators : undefined
  }

  async #take(
    feed: GlobalThreatFeed,
    { text, validators }: Extract<ListAnswer, { kind: 'List' }>,
  ): Promise<void> {
    const read = await readEntries(parseList(text, feed.spec.pull?.http.format), feed.spec.content)
    const count = fillsSets(feed) ? await this.#sets.publish(feed, read.nets) : 0
    await writeStatus(this.#parts, feed, synced(read, count, this.#parts.clock.now()))
    this.#last = { validators, sets: await this.#sets.versionOf(feed) }
  }

  async #fail(feed: GlobalThreatFeed, error: unknown): Promise<void> {
    if (
      error instanceof FeedChangedError ||
      this.#pulling.signal.aborted ||
      error instanceof StoreClosedError
    ) {
      // Who changed it wakes us; a feed that is gone is stopped.
      this.#dueAt = this.#now() + nextPullMs(feed, 1, this.#chance())
      return
    }
    this.#failures += 1
    this.#dueAt = this.#now() + nextPullMs(feed, this.#failures, this.#chance())
    const told = error instanceof PullError ? error : notWritten(error)
    const cause = error instanceof PullError ? new Error(error.message) : error
    this.#parts.log.error(`GlobalThreatFeed ${feed.metadata.name} was not pulled`, cause)
    await this.#tell(feed, told)
  }

  async #tell(feed: GlobalThreatFeed, { type, message }: PullError): Promise<void> {
    try {
      await writeStatus(this.#parts, feed, failed({ type, message }))
    } catch (error) {
      if (error instanceof StoreClosedError) return
      this.#parts.log.error(
        `the status of GlobalThreatFeed ${feed.metadata.name} could not be written`,
        error,
      )
    }
  }

  #now(): number {
    return this.#parts.clock.now().getTime()
  }

  #chance(): number {
    return (this.#parts.random.bytes(1)[0] ?? 0) / 255
  }
}

/** Of what is no fault of the feed. */
function notWritten(cause: unknown): PullError {
  return new PullError(
    'SetsNotWritten',
    'the server could not write what was listed; its log says why',
    cause,
  )
}

function fillsSets({ spec }: GlobalThreatFeed): boolean {
  return spec.mode !== 'Disabled' && spec.content !== 'DomainNameSet' && spec.globalNetworkSet !== undefined
}

/** Why nothing is pulled; undefined: it is. */
function standstill({ spec }: GlobalThreatFeed): { type: string; message: string }[] | undefined {
  if (spec.mode === 'Disabled') return []
  if (spec.pull !== undefined) return undefined
  const message = 'spec.pull is missing: lists are pulled, nobody can push one, and none is built in'
  return [{ type: 'NothingToPull', message }]
}
