/** What becomes of a packet at one endpoint in one direction, and who says so. */
import type { PolicyRef } from '@margay/policy'

export type Outcome = Readonly<{
  /** Equal for equal outcomes. */
  key: string
  verdict: 'Allow' | 'Deny'
  /** The rule, tier or profile that decided, in the words of `explain`. */
  reason: string
  /** Log rules that match before, in their order. */
  logs: readonly LogEntry[]
}>

export interface LogEntry {
  readonly tier: string
  readonly policy: PolicyRef
  readonly origin: number
}

export function outcome(verdict: Outcome['verdict'], reason: string, logs: readonly LogEntry[]): Outcome {
  return { key: JSON.stringify([verdict, reason, logs]), verdict, reason, logs }
}
