/**
 * What a change in the store means to one watcher. Pure.
 *
 * Source  Kubernetes API concepts, "Efficient detection of changes".
 */
import type { StoredObject, StoreEvent } from '@margay/storage'
import { matchesFilter, type ObjectFilter } from '../rest/query.ts'

export interface WatchChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Its value is the store's own, shared by all watchers. */
  readonly stored: StoredObject
}

/**
 * An object that stops matching the filter is deleted as far as this watcher goes, and one that starts to is added.
 * Undefined when the watcher sees nothing of the change. A deletion shows the object as it was last seen, with the
 * revision of the event.
 */
export function changeFor(filter: ObjectFilter, event: StoreEvent): WatchChange | undefined {
  const { object, previous } = event
  const didMatch = previous !== undefined && matchesFilter(filter, previous.value)
  const doesMatch = event.type !== 'Deleted' && matchesFilter(filter, object.value)
  if (doesMatch) return { type: didMatch ? 'MODIFIED' : 'ADDED', stored: object }
  if (!didMatch) return undefined
  return { type: 'DELETED', stored: { ...previous, revision: object.revision } }
}
