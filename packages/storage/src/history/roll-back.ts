/** Rebuilds an older state from the present one and the events since. */
import type { StoredObject, StoreEvent } from '../store.ts'

/**
 * What each key that changed held before its first change; undefined where it did not exist. Laid over the present
 * state this gives the state before `events`.
 */
export function valuesBefore(events: readonly StoreEvent[]): Map<string, StoredObject | undefined> {
  const before = new Map<string, StoredObject | undefined>()
  for (const event of events) {
    if (!before.has(event.object.key)) before.set(event.object.key, event.previous)
  }
  return before
}

/** `present` and the result are in key order. */
export function rollBack(
  present: readonly StoredObject[],
  before: ReadonlyMap<string, StoredObject | undefined>,
): StoredObject[] {
  const untouched = present.filter((object) => !before.has(object.key))
  const restored = [...before.values()].filter((object) => object !== undefined)
  return [...untouched, ...restored].sort((a, b) => (a.key < b.key ? -1 : 1))
}
