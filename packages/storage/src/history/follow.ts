/** A watch: follows the event log from a revision on, at the consumer's own pace. */
import { FutureRevisionError } from '../errors.ts'
import type { StoreEvent, WatchOptions } from '../store.ts'
import type { EventLog } from './event-log.ts'

/**
 * Pulls from the log instead of buffering, so a slow consumer costs no memory: it gets CompactedError once the log
 * has moved past it. When the log starts over it gets FutureRevisionError. `closed` ends every watch of a store.
 *
 * `begin` rejects what can't be followed; for a log that is always up to date the default is right. After it the watch may
 * still be ahead of the log, and waits for what comes after its revision.
 */
export async function* follow(
  log: EventLog,
  prefix: string,
  options: WatchOptions,
  closed: AbortSignal,
  begin: () => void | Promise<void> = () => log.assertAvailable(options.fromRevision),
): AsyncGenerator<readonly StoreEvent[], void, undefined> {
  const alarm = new Alarm(log, [options.signal, closed])
  const { era } = log
  let cursor = options.fromRevision
  try {
    await begin()
    while (!alarm.isOver) {
      if (log.era !== era) throw new FutureRevisionError(cursor, log.currentRevision)
      if (log.currentRevision > cursor) {
        const { events, through } = log.batchAfter(cursor, prefix)
        if (events.length > 0) yield events
        cursor = through
        if (log.currentRevision > cursor) continue
      }
      options.onProgress?.(cursor)
      await alarm.rung()
    }
  } catch (error) {
    if (!alarm.isOver) throw error
  } finally {
    alarm.stop()
  }
}

/** Rings when the log changed and when a signal aborts, and remembers it until somebody has waited for it. */
class Alarm {
  readonly #unsubscribe: () => void
  readonly #ends: readonly AbortSignal[]
  #isRung = false
  #wake: () => void = () => undefined
  /** Kept here, since a composed signal takes longer to ask than an event to deliver. */
  isOver: boolean

  constructor(log: EventLog, ends: readonly AbortSignal[]) {
    this.#unsubscribe = log.subscribe(this.#ring)
    this.#ends = ends
    this.isOver = ends.some(({ aborted }) => aborted)
    for (const end of ends) end.addEventListener('abort', this.#end, { once: true })
  }

  async rung(): Promise<void> {
    if (!this.#isRung && !this.isOver) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    this.#isRung = false
  }

  stop(): void {
    this.#unsubscribe()
    for (const end of this.#ends) end.removeEventListener('abort', this.#end)
  }

  readonly #ring = (): void => {
    this.#isRung = true
    this.#wake()
  }

  readonly #end = (): void => {
    this.isOver = true
    this.#wake()
  }
}
