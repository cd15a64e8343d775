/**
 * Changes that may turn a verdict round at one side of a flow. Whether they do is found out by trying: here it is enough that each is
 * one that a person would think of, and that the one they would choose is among them.
 */
import { policyAt } from '../explain-route.ts'
import { type Change, removed } from './change.ts'
import { labelChanges } from './label-changes.ts'
import { newPolicy } from './new-policy.ts'
import { ruleChanges } from './rule-changes.ts'
import { asked, originalOf, type Turn } from './turn.ts'

/** Those about rules first, then about labels, then about whole policies. */
export function candidates(turn: Turn): Change[] {
  if (policyAt(turn.state, turn.side) === undefined || isBeyondPolicy(turn)) return []
  return [...ruleChanges(turn), ...labelChanges(turn), ...policyChanges(turn)]
}

/** What workloads may never send, and what always reaches a node. */
function isBeyondPolicy({ side: { trace } }: Turn): boolean {
  return trace.some(({ kind }) => kind === 'Tunnel' || kind === 'Failsafe')
}

function policyChanges(turn: Turn): Change[] {
  const gone = asked(turn).map(({ ref }) => originalOf(turn, ref))
  const come = newPolicy(turn)
  return [...gone.filter((it) => it !== undefined).map(removed), ...(come === undefined ? [] : [come])]
}
