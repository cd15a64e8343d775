/** The packet, or the request, that shows that an assertion does not hold, and what policy says of it. */
import { type Decision, type Flow, formatFlow, formatTrace } from '@margay/policy'

export interface Packet {
  readonly flow: Flow
  readonly decision: Decision
}

/** `shop/web → shop/db TCP 5432: Allow`. */
export function formatVerdict({ flow, decision }: Packet): string {
  return `${formatFlow(flow)}: ${decision.verdict}`
}

/** Every stage of both ends. */
export function stagesOf({ decision }: Packet): string[] {
  const trace = formatTrace(decision)
  return trace.length === 0 ? ['no policy is asked'] : trace
}
