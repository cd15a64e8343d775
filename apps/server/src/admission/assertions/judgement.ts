/** How a write is judged by what is asserted: what is handed in, and what comes out. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { Precondition } from '@margay/storage'

/** What a write does. */
export interface Outcome {
  /** As it would be; as it was, if it goes. */
  readonly object: ResourceObject
  readonly isGone: boolean
}

export interface JudgedWrite extends Outcome {
  /** As it stands in the store; undefined for a new object. */
  readonly before: ResourceObject | undefined
}

export interface Judgement {
  /** What the decision rests on. */
  readonly preconditions: readonly Precondition[]
  /** Of assertions that are only audited. */
  readonly warnings: readonly string[]
}

export const unjudged: Judgement = { preconditions: [], warnings: [] }

export interface WriteJudge {
  /** Within the lock of writes. @throws a 403 that names the assertion and shows a packet */
  judge(kind: KindDefinition, write: JudgedWrite): Promise<Judgement>
}
