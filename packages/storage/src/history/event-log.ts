/**
 * The last events of a store, in memory: what watches follow and what old lists are rebuilt from.
 *
 * Holds  Events are in revision order. Every event after `compactedRevision` is present; none before it is.
 * Cost   append O(1) amortised; after O(log n + events returned).
 */
import { CompactedError, FutureRevisionError } from '../errors.ts'
import type { StoreEvent } from '../store.ts'
import { WakeUps } from './wake-ups.ts'

export interface EventLogOptions {
  /** At least so many of the newest events are kept; up to a quarter more, so that trimming is rare. */
  readonly keepEvents: number
  /** The revision that the store is at, and the one up to which its history is already gone. */
  readonly currentRevision: bigint
  readonly compactedRevision: bigint
  /** The events in between, oldest first. */
  readonly events?: readonly StoreEvent[]
}

/** More are handed out in parts, so that who has fallen behind is not sent all of it at once. */
const largestBatch = 100

export interface Batch {
  readonly events: readonly StoreEvent[]
  /** All that happened up to this revision is in it. */
  readonly through: bigint
}

export class EventLog {
  readonly #keepEvents: number
  #events: StoreEvent[]
  #currentRevision: bigint
  #compactedRevision: bigint
  readonly #wakeUps = new WakeUps()
  /** What followers of the same prefix at the same revision get, until something changes. */
  readonly #shared = new Map<string, Batch>()
  #era = 0

  constructor(options: EventLogOptions) {
    this.#keepEvents = options.keepEvents
    this.#events = [...(options.events ?? [])]
    this.#currentRevision = options.currentRevision
    this.#compactedRevision = options.compactedRevision
  }

  get currentRevision(): bigint {
    return this.#currentRevision
  }

  get compactedRevision(): bigint {
    return this.#compactedRevision
  }

  /** Changes when the log starts over: revisions from before mean nothing any more. */
  get era(): number {
    return this.#era
  }

  append(event: StoreEvent): void {
    this.#events.push(event)
    this.#currentRevision = event.object.revision
    const surplus = this.#events.length - this.#keepEvents
    if (surplus > this.#keepEvents / 4) this.#dropOldest(surplus)
    this.#changed()
  }

  /** @throws CompactedError when events after `revision` are already gone, FutureRevisionError when it is ahead */
  after(revision: bigint): StoreEvent[] {
    this.assertAvailable(revision)
    return this.#events.slice(this.#indexAfter(revision))
  }

  /** What is not known any more has changed. */
  hasChanged(prefix: string, sinceRevision: bigint): boolean {
    if (sinceRevision < this.#compactedRevision) return true
    const since = this.#events.slice(this.#indexAfter(sinceRevision))
    return since.some(({ object }) => object.key.startsWith(prefix))
  }

  /**
   * The first of `after` whose keys begin with `prefix`. Followers that are equally far share it.
   * @throws as `after`
   */
  batchAfter(revision: bigint, prefix: string): Batch {
    const key = `${revision} ${prefix}`
    const batch = this.#shared.get(key) ?? this.#makeBatch(revision, prefix)
    this.#shared.set(key, batch)
    return batch
  }

  #makeBatch(revision: bigint, prefix: string): Batch {
    const all = this.after(revision).filter(({ object }) => object.key.startsWith(prefix))
    const events = all.slice(0, largestBatch)
    const last = events.length < all.length ? events.at(-1) : undefined
    return { events, through: last?.object.revision ?? this.#currentRevision }
  }

  assertAvailable(revision: bigint): void {
    if (revision < this.#compactedRevision) throw new CompactedError(revision, this.#compactedRevision)
    if (revision > this.#currentRevision) throw new FutureRevisionError(revision, this.#currentRevision)
  }

  /** Never goes beyond the current revision, and never backwards. */
  compact(throughRevision: bigint): void {
    const target = throughRevision < this.#currentRevision ? throughRevision : this.#currentRevision
    if (target <= this.#compactedRevision) return
    this.#events.splice(0, this.#indexAfter(target))
    this.#compactedRevision = target
    this.#shared.clear()
  }

  /** Nothing happened up to `revision` but what the log has. */
  advance(revision: bigint): void {
    if (revision <= this.#currentRevision) return
    this.#currentRevision = revision
    this.#changed()
  }

  /** What happened up to `revision` is not to be had any more, even if the log has not come so far. */
  skipTo(revision: bigint): void {
    this.compact(revision)
    if (revision <= this.#compactedRevision) return
    this.#events = []
    this.#compactedRevision = revision
    this.advance(revision)
  }

  /** The store lost its history, and is at `revision` of another one. Every watcher is told so. */
  startOver(revision: bigint): void {
    this.#events = []
    this.#compactedRevision = revision
    this.#currentRevision = revision
    this.#era++
    this.#changed()
  }

  /** The listener is called soon after something changed, and must not throw. */
  subscribe(listener: () => void): () => void {
    return this.#wakeUps.subscribe(listener)
  }

  #changed(): void {
    this.#shared.clear()
    this.#wakeUps.wake()
  }

  #dropOldest(count: number): void {
    const dropped = this.#events.splice(0, count)
    const last = dropped.at(-1)
    if (last !== undefined) this.#compactedRevision = last.object.revision
  }

  /** Index of the first event with a higher revision. */
  #indexAfter(revision: bigint): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      const event = this.#events[middle]
      if (event !== undefined && event.object.revision <= revision) low = middle + 1
      else high = middle
    }
    return low
  }
}
