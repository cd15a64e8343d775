/** An event as a line of JSON, made once for all watchers that get the same one. */
import { toResource } from '../rest/keys.ts'
import type { WatchChange } from './watch-event.ts'

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

export function formatLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}
