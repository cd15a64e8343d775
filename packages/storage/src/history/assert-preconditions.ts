/** For stores that commit one write at a time and know their last events: whether what a write was decided by still holds. */
import { PreconditionError } from '../errors.ts'
import type { Precondition, StoredObject } from '../store.ts'
import type { EventLog } from './event-log.ts'

/** @throws PreconditionError */
export function assertPreconditions(
  preconditions: readonly Precondition[],
  log: EventLog,
  get: (key: string) => StoredObject | undefined,
): void {
  for (const each of preconditions) {
    const holds =
      'key' in each
        ? get(each.key)?.revision === each.revision
        : !log.hasChanged(each.collection, each.revision)
    if (!holds) throw new PreconditionError(each)
  }
}
