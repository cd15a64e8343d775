/** A watch: follows the event log from a revision on, at the consumer's own pace. */
import { FutureRevisionError } from '../errors.ts'
import type { StoreEvent, WatchOptions } from '../store.ts'
import type { EventLog } from './event-log.ts'

/** For a log that is always up to date. `closed` ends every watch of a store. */
export async function* followLog(
  log: EventLog,
  prefix: string,
  options: WatchOptions,
  closed: AbortSignal,
): AsyncGenerator<StoreEvent, void, undefined> {
  log.assertAvailable(options.fromRevision)
  yield* follow(log, prefix, options, closed)
}

/**
 * Pulls from the log instead of buffering, so a slow consumer costs no memory: it gets CompactedError once the log
 * has moved past it. It may begin ahead of the log, and then waits for what comes after its revision.
 * When the log starts over it gets FutureRevisionError.
 */
export async function* follow(
  log: EventLog,
  prefix: string,
  options: WatchOptions,
  closed: AbortSignal,
): AsyncGenerator<StoreEvent, void, undefined> {
  const ended = AbortSignal.any([options.signal, closed])
  const alarm = new Alarm()
  const unsubscribe = log.subscribe(alarm.ring)
  ended.addEventListener('abort', alarm.ring, { once: true })
  const { era } = log
  let cursor = options.fromRevision
  try {
    while (!ended.aborted) {
      if (log.era !== era) throw new FutureRevisionError(cursor, log.currentRevision)
      const reached = log.currentRevision
      for (const event of reached > cursor ? log.afterBelow(prefix, cursor) : []) {
        yield event
        if (ended.aborted) return
      }
      if (reached > cursor) cursor = reached
      options.onProgress?.(cursor)
      await alarm.rung()
    }
  } finally {
    unsubscribe()
    ended.removeEventListener('abort', alarm.ring)
  }
}

/** Remembers that it was rung until somebody has waited for it. */
class Alarm {
  #isRung = false
  #wake: () => void = () => undefined

  readonly ring = (): void => {
    this.#isRung = true
    this.#wake()
  }

  async rung(): Promise<void> {
    if (!this.#isRung) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    this.#isRung = false
  }
}
