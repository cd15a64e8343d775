/** Whether a tier takes policies, as its status says it. Source: spec/api.md 1.1 and 4. */
import { type Observation, withCondition } from '../meta/with-condition.ts'
import type { Tier } from './schema.ts'

/** `now` is an RFC 3339 time. Returns the tier itself where its status says so already. */
export function withReady(tier: Tier, now: string): Tier {
  return withCondition(tier, observe(tier), now)
}

function observe({ metadata }: Tier): Observation {
  if (metadata.deletionTimestamp !== undefined)
    return { type: 'Ready', status: 'False', reason: 'Terminating', message: 'The tier is being deleted.' }
  return { type: 'Ready', status: 'True', reason: 'OK', message: 'The tier takes policies.' }
}
