/** Whether an assertion holds, as its status says it. */
import type { Condition } from '../meta/condition.ts'
import { type Observation, withCondition } from '../meta/with-condition.ts'
import type { NetworkAssertion } from './schema.ts'

const type = 'Holds'

export type HoldsObservation = Pick<Observation, 'status' | 'reason' | 'message'>

/** `now` is an RFC 3339 time. Returns the assertion itself where its status says so already. */
export function withHolds(
  assertion: NetworkAssertion,
  observed: HoldsObservation,
  now: string,
): NetworkAssertion {
  const { generation } = assertion.metadata
  return withCondition(
    assertion,
    { type, ...observed, ...(generation === undefined ? {} : { observedGeneration: generation }) },
    now,
  )
}

export function holdsCondition({ status }: NetworkAssertion): Condition | undefined {
  return status?.conditions?.find((it) => it.type === type)
}
