/** What changed between one state and the next. */
import type { Resource } from '@margay/resources'
import type { Policy } from '../model/policy.ts'
import type { Delta } from './delta.ts'
import type { SubjectDelta } from './subject-delta.ts'

/** One resource that came, went or became another object. */
export interface ResourceChange {
  /** The very object that was last told; undefined for one that is new. */
  readonly before: Resource | undefined
  /** As it is now; undefined for one that is gone. */
  readonly after: Resource | undefined
}

/** What is in none of these is the same object in both states. */
export interface StateDelta extends SubjectDelta {
  /** Those that are enforced, as staged ones are not. */
  readonly policies: Delta<Policy>
  /** Of those that there would be if the staged ones were enforced. One that both views have is the same object in both lists. */
  readonly stagedPolicies: Delta<Policy>
  /**
   * The settings of nodes changed, a profile that was in use before did, or a tier that exists or existed came, went, or has another
   * order or default action: everything has to be looked at again.
   */
  readonly isWhole: boolean
}
