/**
 * What happens to the packet that opens a flow between workloads: the one definition of what policy means for them.
 *
 * The source's egress is judged first, then the destination's ingress; both must allow. An endpoint that talks to itself
 * never leaves its own network namespace, and is not judged. Source: spec/api.md 8 (I1 to I8) and 8.1. What a node does to
 * packets besides, and what its own interfaces are allowed, is in `evaluate-path.ts`.
 */
import type { Flow } from '../model/flow.ts'
import type { PolicyState, PolicyView } from '../state/policy-state.ts'
import type { Decision } from './decision.ts'
import { judgeWorkload } from './judge-workload.ts'

/**
 * Same state and flow, same decision: no clock, no I/O. Cost: O(rules of the policies that apply), and of many rules that are asked often
 * only of those that may match (`compiled/`).
 */
export function evaluate(state: PolicyState, flow: Flow, view: PolicyView = {}): Decision {
  const [source, destination] = [flow.source.endpoint, flow.destination.endpoint]
  if (source !== undefined && source === destination) {
    return { verdict: 'Allow', egress: undefined, ingress: undefined }
  }
  const egress = source === undefined ? undefined : judgeWorkload(state, source, 'Egress', flow, view)
  if (egress?.verdict === 'Deny') return { verdict: 'Deny', egress, ingress: undefined }
  const ingress =
    destination === undefined ? undefined : judgeWorkload(state, destination, 'Ingress', flow, view)
  return { verdict: ingress?.verdict ?? 'Allow', egress, ingress }
}
