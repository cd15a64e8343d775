/**
 * Keeps the event log of a store in step with etcd: one watch over all objects, from which every watcher is served.
 *
 * Holds  After a break it goes on behind the last event that the log has: no gap, no repeat. Where etcd has compacted what
 *        comes next, the log says so to those whom it concerns. Where etcd has lost revisions that the log has (it was restored from an
 *        older snapshot), the log starts over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { freezeDeep } from '../freeze.ts'
import type { EventLog } from '../history/event-log.ts'
import type { StoredObject, StoreEvent } from '../store.ts'
import type { Connection, WatchStream } from './connection.ts'
import type { KeySpace } from './key-space.ts'
import type { KeyValue } from './kv-messages.ts'
import type { WatchEvent, WatchResponse } from './watch-messages.ts'

/** Runs until the signal aborts. */
export async function feedLog(
  log: EventLog,
  connection: Connection,
  keys: KeySpace,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await followOnce(log, connection, keys, signal)
    } catch {
      // Whatever broke the stream, the next one tells how things are; until then watchers wait.
      await sleep(retryPauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

export function toStoredObject(keys: KeySpace, { key, value, modRevision }: KeyValue): StoredObject {
  const object: StoredObject = { key: keys.toObject(key), value: JSON.parse(value), revision: modRevision }
  return freezeDeep(object)
}

const retryPauseMs = 100

/**
 * The watch starts at the log's last revision, whose event is dropped, and not behind it: so etcd refuses it exactly when
 * an event behind that revision may be gone.
 */
async function followOnce(
  log: EventLog,
  connection: Connection,
  keys: KeySpace,
  signal: AbortSignal,
): Promise<void> {
  const stream = await connection.watch({ ...keys.objects(''), startRevision: log.currentRevision })
  const cancel = (): void => stream.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (signal.aborted) return
    await takeAll(log, connection, keys, stream)
  } finally {
    signal.removeEventListener('abort', cancel)
    stream.cancel()
  }
}

async function takeAll(
  log: EventLog,
  connection: Connection,
  keys: KeySpace,
  stream: WatchStream,
): Promise<void> {
  for await (const response of stream as AsyncIterable<WatchResponse>) {
    if (response.canceled && response.compactRevision > 0n) return log.skipTo(response.compactRevision)
    if (response.canceled) throw new Error(`etcd ended the watch: ${response.cancelReason}`)
    if (response.created && response.revision < log.currentRevision) {
      if (await hasLostHistory(log, connection, keys)) return
    }
    if (response.events.length > 0) takeEvents(log, keys, response.events)
    else if (!response.created) log.advance(response.revision)
  }
}

/** A member that is only behind the others does not count. */
async function hasLostHistory(log: EventLog, connection: Connection, keys: KeySpace): Promise<boolean> {
  const { revision } = await connection.range({ ...keys.objects(''), limit: 1, keysOnly: true })
  if (revision >= log.currentRevision) return false
  log.startOver(revision)
  return true
}

/** Without a break in between, so that nobody sees half a revision. */
function takeEvents(log: EventLog, keys: KeySpace, events: readonly WatchEvent[]): void {
  const known = log.currentRevision
  for (const event of events) {
    if (event.kv.modRevision <= known) continue
    const storeEvent = toStoreEvent(keys, event)
    if (storeEvent === undefined) log.skipTo(event.kv.modRevision)
    else log.append(storeEvent)
  }
}

/** Undefined when etcd has compacted what stood there before. */
function toStoreEvent(keys: KeySpace, { type, kv, previous }: WatchEvent): StoreEvent | undefined {
  if (type === 'put' && kv.createRevision === kv.modRevision) {
    return { type: 'Added', object: toStoredObject(keys, kv) }
  }
  if (previous === undefined) return undefined
  const before = toStoredObject(keys, previous)
  if (type === 'put') return { type: 'Modified', object: toStoredObject(keys, kv), previous: before }
  return { type: 'Deleted', object: Object.freeze({ ...before, revision: kv.modRevision }), previous: before }
}
