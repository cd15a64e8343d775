import type { PolicyRef } from '../model/policy.ts'
import type { Direction } from '../model/rule.ts'

export type Verdict = 'Allow' | 'Deny'

/** What one stage did and why. `explain`, flow logs and the matrix render it; nobody derives it again. */
export type Hit =
  | {
      readonly kind: 'Rule'
      readonly tier: string
      readonly policy: PolicyRef
      /** The rule's index in the list that a person wrote. */
      readonly ruleIndex: number
      readonly action: 'Allow' | 'Deny' | 'Pass'
    }
  | {
      readonly kind: 'TierDefault'
      readonly tier: string
      /** The first policy of the tier that applies: it had no rule that matched. */
      readonly policy: PolicyRef
      readonly action: 'Allow' | 'Deny' | 'Pass'
    }
  | { readonly kind: 'Profile'; readonly profile: string; readonly action: 'Allow' | 'Deny' }
  | { readonly kind: 'NoProfile'; readonly action: 'Deny' }

/** How one endpoint judged a flow in one direction. */
export interface EndpointDecision {
  readonly direction: Direction
  /** `namespace/name` of the endpoint. */
  readonly endpoint: string
  readonly verdict: Verdict
  /** One hit for each tier that applies, then the profile's, up to the one that decided: the last. */
  readonly trace: readonly [...Hit[], Hit]
}

/** Both sides must allow. A side is undefined when no endpoint is there to judge, or when egress already denied. */
export interface Decision {
  readonly verdict: Verdict
  readonly egress: EndpointDecision | undefined
  readonly ingress: EndpointDecision | undefined
}
