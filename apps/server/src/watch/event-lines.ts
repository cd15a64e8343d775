/** Events as lines of JSON, made once for all watchers that get the same ones. */
import type { StoreEvent } from '@margay/storage'
import { toResource } from '../rest/keys.ts'
import { isEmptyFilter, type ObjectFilter } from '../rest/query.ts'
import { changeFor, type WatchChange } from './watch-event.ts'

/** By the object's value, which the store shares and nobody changes; then by type and revision. */
const lines = new WeakMap<object, Map<string, string>>()

export function lineOf({ type, stored }: WatchChange): string {
  const known = lines.get(stored.value) ?? new Map<string, string>()
  lines.set(stored.value, known)
  const key = `${type} ${stored.revision}`
  const line = known.get(key) ?? formatLine(type, toResource(stored))
  known.set(key, line)
  return line
}

/** What a watcher with some filter is told of some events. */
export interface Lines {
  /** Empty when none of them concerns it. */
  readonly text: string
  /** Of the last one that does. */
  readonly revision: bigint
}

/** For those who see everything, which most watchers do; by the store's own array of events. */
const shared = new WeakMap<readonly StoreEvent[], Lines>()

export function linesFor(filter: ObjectFilter, events: readonly StoreEvent[]): Lines {
  if (!isEmptyFilter(filter)) return formatLines(filter, events)
  const lines = shared.get(events) ?? formatLines(filter, events)
  shared.set(events, lines)
  return lines
}

function formatLines(filter: ObjectFilter, events: readonly StoreEvent[]): Lines {
  const changes = events.map((event) => changeFor(filter, event)).filter((change) => change !== undefined)
  return { text: changes.map(lineOf).join(''), revision: changes.at(-1)?.stored.revision ?? 0n }
}

export function formatLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}
