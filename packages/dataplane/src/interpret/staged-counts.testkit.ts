/** Compares what staged terminals counted with what the path evaluator says of the staged view. */
import { formatPolicyRef, type Hit, type PathDecision } from '@margay/policy'
import type { Outcome } from './interpret.testkit.ts'

/** Undefined where both agree. */
export function stagedDifference({ stages }: PathDecision, hooks: readonly Outcome[]): string | undefined {
  const expected = stages.flatMap(({ staged }) => (staged === undefined ? [] : commentsFor(staged)))
  const counted = stagedCounts(hooks)
  if (JSON.stringify(expected) === JSON.stringify(counted.map(withoutRuleOfProfile))) return undefined
  return [`staged, evaluator: ${expected.join(', ')}`, `staged, counted: ${counted.join(', ')}`].join('\n')
}

/** Of all hooks, in their order. */
export function stagedCounts(hooks: readonly Outcome[]): string[] {
  return hooks.flatMap(({ counted }) => counted.filter((comment) => comment.startsWith('staged ')))
}

/** Of a profile that somebody wrote, a rule that passes leaves the denial to the end. */
function withoutRuleOfProfile(comment: string): string {
  return comment.replace(/: (tier __PROFILE__, pro:.*|no profile)$/, ': profile')
}

/** None where the packet does not come as far as policy. */
function commentsFor(trace: readonly Hit[]): string[] {
  const hit = trace.at(-1)
  return hit === undefined || hit.kind === 'Tunnel' ? [] : [`staged ${hit.action}: ${nameOf(hit)}`]
}

function nameOf(hit: Hit): string {
  switch (hit.kind) {
    case 'Rule':
      return `tier ${hit.tier}, ${formatPolicyRef(hit.policy)} rule ${hit.ruleIndex}`
    case 'TierDefault':
      return `tier ${hit.tier} end of tier`
    case 'Profile':
      return hit.ruleIndex === undefined ? `profile ${hit.profile}` : 'profile'
    case 'NoProfile':
      return 'profile'
    case 'Undecided':
      return 'no policy'
    default:
      throw new Error(`${hit.kind} is not decided by staged policy`)
  }
}
