/** A watch: follows the event log from a revision on, at the consumer's own pace. */
import type { StoreEvent, WatchOptions } from '../store.ts'
import type { EventLog } from './event-log.ts'

/**
 * Pulls from the log instead of buffering, so a slow consumer costs no memory: it gets CompactedError once the log
 * has moved past it. `closed` ends every watch of a store.
 */
export async function* followLog(
  log: EventLog,
  prefix: string,
  options: WatchOptions,
  closed: AbortSignal,
): AsyncGenerator<StoreEvent, void, undefined> {
  const ended = AbortSignal.any([options.signal, closed])
  let cursor = options.fromRevision
  while (!ended.aborted) {
    for (const event of log.after(cursor)) {
      cursor = event.object.revision
      if (!event.object.key.startsWith(prefix)) continue
      yield event
      if (ended.aborted) return
    }
    if (log.currentRevision !== cursor) continue
    options.onProgress?.(cursor)
    await nextAppend(log, ended)
  }
}

function nextAppend(log: EventLog, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      unsubscribe()
      ended.removeEventListener('abort', done)
      resolve()
    }
    const unsubscribe = log.subscribe(done)
    ended.addEventListener('abort', done, { once: true })
    if (ended.aborted) done()
  })
}
