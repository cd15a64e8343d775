/** Where compiled tables decide otherwise than the evaluator, or say another reason. */
import {
  type Decision,
  evaluate,
  type Flow,
  formatPolicyRef,
  formatTrace,
  type Hit,
  type PolicyState,
} from '@margay/policy'
import type { Packet } from '@margay/testkit'
import type { Outcome } from './interpret.testkit.ts'
import type { CompiledCast } from './judge.testkit.ts'

/** `flow` is the packet as the evaluator is asked about it; undefined: they agree. */
export function verdictDifference(
  state: PolicyState,
  compiled: CompiledCast,
  packet: Packet,
  flow: Flow,
): string | undefined {
  const decision = evaluate(state, flow)
  const hops = compiled.hops(packet)
  const verdict = hops.every((hop) => hop.verdict === 'accept') ? 'Allow' : 'Deny'
  if (verdict === decision.verdict && isSameReason(decision, hops)) return undefined
  return [
    `evaluator: ${decision.verdict}`,
    ...formatTrace(decision),
    `compiled: ${verdict}`,
    ...hops.map((hop) => `  ${hop.verdict} ${hop.comment ?? ''}`),
  ].join('\n')
}

/** Of what was decided last. A packet that its endpoint's own network namespace keeps meets no rule. */
function isSameReason({ egress, ingress }: Decision, hops: readonly Outcome[]): boolean {
  const judged = ingress ?? egress
  const hit = judged?.trace.at(-1)
  if (hit === undefined || (judged === egress && hit.action === 'Allow')) return true
  return hops.at(-1)?.comment === reasonOf(hit)
}

function reasonOf(hit: Hit): string {
  switch (hit.kind) {
    case 'Rule':
      return `${formatPolicyRef(hit.policy)} rule ${hit.ruleIndex}: ${hit.action}`
    case 'TierDefault':
      return `tier ${hit.tier} end of tier: ${hit.action}`
    case 'Profile':
      return `profile ${hit.profile}: ${hit.action}`
    case 'NoProfile':
      return 'no profile'
    default:
      throw new Error(`${hit.kind} is not decided by policy of a workload`)
  }
}
