/** Says in words why a flow is allowed or denied. */
import type { Decision, EndpointDecision, Hit } from '../evaluate/decision.ts'
import { formatPolicyRef } from '../model/policy.ts'

/** One line for each stage that took part, in order: `Egress of shop/web: tier default, np:shop/web rule 0: Allow`. */
export function formatTrace(decision: Decision): string[] {
  return [decision.egress, decision.ingress]
    .filter((side) => side !== undefined)
    .flatMap((side) => side.trace.map((hit) => `${sideName(side)}: ${formatHit(hit)}`))
}

/** The stage that denied, or undefined for a flow that is allowed: `Ingress of shop/db: tier default, end of tier: Deny`. */
export function formatReason(decision: Decision): string | undefined {
  if (decision.verdict === 'Allow') return undefined
  const side = decision.ingress ?? decision.egress
  const hit = side?.trace.at(-1)
  return side === undefined || hit === undefined
    ? 'no policy allows it'
    : `${sideName(side)}: ${formatHit(hit)}`
}

function sideName(side: EndpointDecision): string {
  return `${side.direction} of ${side.endpoint}`
}

export function formatHit(hit: Hit): string {
  switch (hit.kind) {
    case 'Rule':
      return `tier ${hit.tier}, ${formatPolicyRef(hit.policy)} rule ${hit.ruleIndex}: ${hit.action}`
    case 'TierDefault':
      return `tier ${hit.tier}, ${formatPolicyRef(hit.policy)} end of tier: ${hit.action}`
    case 'Profile':
      return `profile ${hit.profile}: ${hit.action}`
    case 'NoProfile':
      return `no profile: ${hit.action}`
  }
}
