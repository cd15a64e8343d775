import type { Condition } from './condition.ts'

interface WithConditions {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** What the server observes, without the time. */
export type Observation = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** `now` is an RFC 3339 time. Returns the object itself where its status says so already. */
export function withCondition<R extends WithConditions>(object: R, wanted: Observation, now: string): R {
  const conditions = object.status?.conditions ?? []
  const before = conditions.find(({ type }) => type === wanted.type)
  if (before?.status === wanted.status && before.reason === wanted.reason) return object
  const others = conditions.filter(({ type }) => type !== wanted.type)
  const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : now
  return {
    ...object,
    status: { ...object.status, conditions: [...others, { ...wanted, lastTransitionTime }] },
  }
}
