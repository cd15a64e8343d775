/**
 * The messages of etcd's Watch service, as far as the driver needs them: one watch for each stream.
 *
 * Source  etcd's rpc.proto and kv.proto (API version 3.4); the numbers are theirs.
 */
import { decodeHeader, decodeKeyValue, type KeyValue } from './kv-messages.ts'
import {
  asBool,
  asBytes,
  asInt,
  asText,
  boolField,
  type Field,
  intField,
  message,
  messageField,
  readFields,
  textField,
} from './wire.ts'

export interface WatchRequest {
  readonly key: string
  readonly end: string
  /** Inclusive. */
  readonly startRevision: bigint
}

export interface WatchEvent {
  readonly type: 'put' | 'delete'
  readonly kv: KeyValue
  /** Absent for a new key, and when it has been compacted meanwhile. */
  readonly previous?: KeyValue
}

export interface WatchResponse {
  readonly revision: bigint
  readonly created: boolean
  readonly canceled: boolean
  /** Set when the watch was canceled because it begins before this revision. */
  readonly compactRevision: bigint
  readonly cancelReason: string
  /** All events of each revision that it holds. */
  readonly events: readonly WatchEvent[]
}

/** With the previous pairs, and with progress notifications when nothing happens. */
export function encodeWatch({ key, end, startRevision }: WatchRequest): Uint8Array {
  const [progressNotify, previousPairs] = [boolField(4, true), boolField(6, true)]
  const create = message(
    textField(1, key),
    textField(2, end),
    intField(3, startRevision),
    progressNotify,
    previousPairs,
  )
  return messageField(1, create)
}

export function decodeWatch(data: Uint8Array): WatchResponse {
  const events: WatchEvent[] = []
  let [revision, created, canceled, compactRevision, cancelReason] = [0n, false, false, 0n, '']
  for (const field of readFields(data)) {
    if (field.number === 1) revision = decodeHeader(field)
    else if (field.number === 3) created = asBool(field)
    else if (field.number === 4) canceled = asBool(field)
    else if (field.number === 5) compactRevision = asInt(field)
    else if (field.number === 6) cancelReason = asText(field)
    else if (field.number === 11) events.push(decodeEvent(field))
  }
  return { revision, created, canceled, compactRevision, cancelReason, events }
}

function decodeEvent(event: Field): WatchEvent {
  let type: WatchEvent['type'] = 'put'
  let kv: KeyValue = { key: '', value: '', createRevision: 0n, modRevision: 0n }
  let previous: KeyValue | undefined
  for (const field of readFields(asBytes(event))) {
    if (field.number === 1) type = asBool(field) ? 'delete' : 'put'
    else if (field.number === 2) kv = decodeKeyValue(field)
    else if (field.number === 3) previous = decodeKeyValue(field)
  }
  return previous === undefined ? { type, kv } : { type, kv, previous }
}
