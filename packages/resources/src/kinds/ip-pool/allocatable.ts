/** Whether a pool gives out addresses, as its status says it. Source: spec/api.md 1.7. */
import { type Observation, withCondition } from '../meta/with-condition.ts'
import type { IpPool } from './schema.ts'

/** `now` is an RFC 3339 time. Returns the pool itself where its status says so already. */
export function withAllocatable(pool: IpPool, now: string): IpPool {
  return withCondition(pool, { type: 'Allocatable', ...verdictOn(pool) }, now)
}

/** There is no reason CIDROverlap here: such a pool is not admitted beside the one that it overlaps with. */
function verdictOn({ metadata, spec }: IpPool): Omit<Observation, 'type'> {
  if (metadata.deletionTimestamp !== undefined)
    return { status: 'False', reason: 'Terminating', message: 'The pool is being deleted.' }
  if (spec.disabled === true)
    return { status: 'False', reason: 'PoolDisabled', message: 'The pool is disabled.' }
  return { status: 'True', reason: 'OK', message: 'The pool gives out addresses.' }
}
