/** Whether a pool gives out addresses, as its status says it. Source: spec/api.md 1.7. */
import type { IpPool } from './schema.ts'

type Condition = NonNullable<NonNullable<IpPool['status']>['conditions']>[number]

const conditionType = 'Allocatable'

/** `now` is an RFC 3339 time. Returns the pool itself where its status says so already. */
export function withAllocatable(pool: IpPool, now: string): IpPool {
  const others = (pool.status?.conditions ?? []).filter(({ type }) => type !== conditionType)
  const before = pool.status?.conditions?.find(({ type }) => type === conditionType)
  const wanted = verdictOn(pool)
  if (before?.status === wanted.status && before.reason === wanted.reason) return pool
  const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : now
  const condition: Condition = { type: conditionType, ...wanted, lastTransitionTime }
  return { ...pool, status: { ...pool.status, conditions: [...others, condition] } }
}

/** There is no reason CIDROverlap here: such a pool is not admitted beside the one that it overlaps with. */
function verdictOn({ metadata, spec }: IpPool): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (metadata.deletionTimestamp !== undefined)
    return { status: 'False', reason: 'Terminating', message: 'The pool is being deleted.' }
  if (spec.disabled === true)
    return { status: 'False', reason: 'PoolDisabled', message: 'The pool is disabled.' }
  return { status: 'True', reason: 'OK', message: 'The pool gives out addresses.' }
}
