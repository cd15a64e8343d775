/**
 * Keeps the event log of a store in step with etcd: one watch over all objects, from which every watcher is served.
 *
 * Holds  After a break it goes on behind the last event that the log has: no gap, no repeat. Where etcd has compacted what
 *        comes next, the log says so to those whom it concerns. Where etcd has lost revisions that the log has (it was restored from an
 *        older snapshot), the log starts over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ResourceObject } from '@margay/resources'
import { StoreIoError } from '../errors.ts'
import { freezeDeep } from '../freeze.ts'
import type { EventLog } from '../history/event-log.ts'
import type { StoredObject, StoreEvent } from '../store.ts'
import type { Connection, WatchStream } from './connection.ts'
import type { KeySpace } from './key-space.ts'
import type { KeyValue } from './kv-messages.ts'
import type { WatchEvent, WatchResponse } from './watch-messages.ts'

export interface Feed {
  readonly log: EventLog
  readonly connection: Connection
  readonly keys: KeySpace
  /** Aborting ends it. */
  readonly signal: AbortSignal
}

/** Runs until the signal aborts. Whatever breaks a stream, the next one tells how things are; until then watchers wait. */
export async function feedLog(feed: Feed): Promise<void> {
  let pauseMs = shortestPauseMs
  const onAccepted = (): void => {
    pauseMs = shortestPauseMs
  }
  while (!feed.signal.aborted) {
    try {
      await followOnce(feed, onAccepted)
    } catch {
      await sleep(pauseMs, undefined, { signal: feed.signal }).catch(() => undefined)
      pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    }
  }
}

/** @throws StoreIoError for a value that somebody else has put there and that is no object */
export function toStoredObject(keys: KeySpace, pair: KeyValue): StoredObject {
  const key = keys.toObject(pair.key)
  return freezeDeep({ key, value: parseValue(key, pair.value), revision: pair.modRevision })
}

/** An etcd that refuses us is asked less and less often. */
const shortestPauseMs = 100
const longestPauseMs = 5000

/**
 * The watch starts at the log's last revision, whose event is dropped, and not behind it: so etcd refuses it exactly when
 * an event behind that revision may be gone.
 */
async function followOnce(feed: Feed, onAccepted: () => void): Promise<void> {
  const { log, connection, keys, signal } = feed
  const stream = await connection.watch({ ...keys.objects(''), startRevision: log.currentRevision })
  const cancel = (): void => stream.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (!signal.aborted) await takeAll(feed, stream, onAccepted)
  } finally {
    signal.removeEventListener('abort', cancel)
    stream.cancel()
  }
}

async function takeAll(feed: Feed, stream: WatchStream, onAccepted: () => void): Promise<void> {
  const { log, connection, keys } = feed
  for await (const response of stream as AsyncIterable<WatchResponse>) {
    if (response.canceled && response.compactRevision > 0n) return log.skipTo(response.compactRevision)
    if (response.canceled) {
      connection.forgetLogin()
      throw new Error(`etcd ended the watch: ${response.cancelReason}`)
    }
    onAccepted()
    if (response.created && response.revision < log.currentRevision) {
      if (await hasLostHistory(feed)) return
    }
    if (response.events.length > 0) takeEvents(log, keys, response.events)
    else if (!response.created) log.advance(response.revision)
  }
}

/** A member that is only behind the others does not count. */
async function hasLostHistory({ log, connection, keys }: Feed): Promise<boolean> {
  const { revision } = await connection.range({ ...keys.objects(''), limit: 1, keysOnly: true })
  if (revision >= log.currentRevision) return false
  log.startOver(revision)
  return true
}

/**
 * Without a break in between, so that nobody sees half a revision. Of what can't be told, the log says that it is not to be had: who
 * follows lists again, and meets the reason.
 */
function takeEvents(log: EventLog, keys: KeySpace, events: readonly WatchEvent[]): void {
  const known = log.currentRevision
  for (const event of events) {
    if (event.kv.modRevision <= known) continue
    const storeEvent = toStoreEvent(keys, event)
    if (storeEvent === undefined) log.skipTo(event.kv.modRevision)
    else log.append(storeEvent)
  }
}

/** Undefined when etcd has compacted what stood there before, and when a value is no object. */
function toStoreEvent(keys: KeySpace, event: WatchEvent): StoreEvent | undefined {
  try {
    return readEvent(keys, event)
  } catch (error) {
    if (error instanceof StoreIoError) return undefined
    throw error
  }
}

function readEvent(keys: KeySpace, { type, kv, previous }: WatchEvent): StoreEvent | undefined {
  if (type === 'put' && kv.createRevision === kv.modRevision) {
    return { type: 'Added', object: toStoredObject(keys, kv) }
  }
  if (previous === undefined) return undefined
  const before = toStoredObject(keys, previous)
  if (type === 'put') return { type: 'Modified', object: toStoredObject(keys, kv), previous: before }
  return { type: 'Deleted', object: Object.freeze({ ...before, revision: kv.modRevision }), previous: before }
}

function parseValue(key: string, text: string): ResourceObject {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ResourceObject
  } catch {
    // Said below, in one line, which the parser's own words need not be.
  }
  throw new StoreIoError(`read ${key}`, new Error('what etcd has there is no JSON object'))
}
