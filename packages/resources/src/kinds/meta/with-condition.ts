import { type Condition, maxMessageLength } from './condition.ts'

interface WithConditions {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** What the server observes, without the time. */
export type Observation = Omit<Condition, 'lastTransitionTime'>

/** `now` is an RFC 3339 time. Returns the object itself where its status says so already. */
export function withCondition<R extends WithConditions>(object: R, wanted: Observation, now: string): R {
  const conditions = object.status?.conditions ?? []
  const fitting = { ...wanted, message: wanted.message.slice(0, maxMessageLength) }
  const before = conditions.find(({ type }) => type === wanted.type)
  if (before !== undefined && saysTheSame(before, fitting)) return object
  const others = conditions.filter(({ type }) => type !== wanted.type)
  const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : now
  return {
    ...object,
    status: { ...object.status, conditions: [...others, { ...fitting, lastTransitionTime }] },
  }
}

function saysTheSame(before: Observation, wanted: Observation): boolean {
  const fields = ['status', 'reason', 'message', 'observedGeneration'] as const
  return fields.every((field) => before[field] === wanted[field])
}
