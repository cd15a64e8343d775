/** What becomes of a packet at one endpoint in one direction, and who says so. */
import type { RuleOwner } from './peer-rule.ts'

export type Outcome = Readonly<{
  /** Equal for equal outcomes. */
  key: string
  /** Pass: this stage leaves the packet to the next. */
  verdict: 'Allow' | 'Deny' | 'Pass'
  /** The rule, tier or profile that decided. */
  reason: string
  /** Whose Log rules match before, in their order. */
  logs: readonly RuleOwner[]
}>

/** What counts where nothing is decided: the verdict comes first, since long comments are cut. */
export function stagedReason(verdict: Outcome['verdict'], who: string): string {
  return `staged ${verdict}: ${who}`
}

export function outcome(verdict: Outcome['verdict'], reason: string, logs: readonly RuleOwner[]): Outcome {
  return { key: JSON.stringify([verdict, reason, logs]), verdict, reason, logs }
}
