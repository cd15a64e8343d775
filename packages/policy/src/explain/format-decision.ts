/** Says in words why a flow is allowed or denied. */
import { formatCidr } from '@margay/netset'
import type { Decision, EndpointDecision, Hit, PathDecision, StageDecision } from '../evaluate/decision.ts'
import type { FailsafePort } from '../model/node-settings.ts'
import { formatPolicyRef } from '../model/policy.ts'
import { protocolName } from '../model/protocol.ts'

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

/** What decided at each end that says what the whole says: both must allow, one is enough to deny. Empty if no policy is asked. */
export function formatDeciders({ verdict, egress, ingress }: Decision): string[] {
  return [egress, ingress]
    .filter((side) => side !== undefined)
    .filter((side) => side.verdict === verdict)
    .map((side) => `${sideName(side)}: ${formatHit(side.trace.at(-1) ?? side.trace[0])}`)
}

/** One line for each hit on a packet's way through a node: `Forward ingress of eth0: tier default, gnp:edge rule 0: Allow`. */
export function formatPath({ stages }: PathDecision): string[] {
  return stages.flatMap((stage) => stage.trace.map((hit) => `${stageName(stage)}: ${formatHit(hit)}`))
}

/** `Forward ingress of eth0`. */
export function stageName({ stage, direction, endpoint }: StageDecision): string {
  return `${stage} ${direction.toLowerCase()} of ${endpoint}`
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
      return `profile ${hit.profile}${hit.ruleIndex === undefined ? '' : ` rule ${hit.ruleIndex}`}: ${hit.action}`
    case 'NoProfile':
      return `no profile: ${hit.action}`
    case 'Tunnel':
      return `tunnels from workloads: ${hit.action}`
    case 'NodeTunnel':
      return `${hit.tunnel} ${hit.action === 'Allow' ? 'between nodes' : 'from no node of the cluster'}: ${hit.action}`
    case 'Spoofed':
      return `the source address is not the workload's: ${hit.action}`
    case 'UnknownWorkload':
      return `no workload is known there: ${hit.action}`
    case 'Failsafe':
      return `failsafe port ${formatFailsafe(hit.failsafe)}: ${hit.action}`
    case 'Undecided':
      return `no policy: ${hit.action}`
    case 'NeighbourDiscovery':
      return `neighbour discovery: ${hit.action}`
    case 'EndpointToHost':
      return `defaultEndpointToHostAction: ${hit.action}`
  }
}

/** `TCP 22`, or `TCP 22 10.0.0.0/8` for some addresses only. */
function formatFailsafe({ protocol, port, net }: FailsafePort): string {
  return [protocolName(protocol), port, ...(net === undefined ? [] : [formatCidr(net)])].join(' ')
}
