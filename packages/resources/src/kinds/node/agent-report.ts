/**
 * Where a node's agent reports: a condition on its Node, written when it changes, and a Lease, renewed all the time.
 *
 * Every agent watches nodes, and nobody watches leases: so what changes often is on the lease.
 *
 * Source  Kubernetes, "Node heartbeats" and "Leases"; kubelets have the leases of kube-node-lease to themselves.
 */
import type { Node } from './schema.ts'

/** True: the kernel holds to policy. False: it keeps an older state. Unknown: nobody has heard of the agent for a while. */
export const policyEnforcedCondition = 'MargayPolicyEnforced'

/** A lease there has the name of its node. */
export const agentLeaseNamespace = 'margay-system'

/** An agent that has not renewed its lease for so long counts as gone. */
export const agentLeaseSeconds = 60

/** On the lease: the newest resourceVersion that is in force on the node. */
export const enforcedRevisionAnnotation = 'margay.io/enforced-revision'

/** On the lease: policies that the agent does not understand, and that deny instead; a line for each. */
export const policyProblemsAnnotation = 'margay.io/policy-problems'

export interface NodeCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** In CamelCase. */
  readonly reason: string
  readonly message: string
  /** RFC 3339: when it was written. */
  readonly lastHeartbeatTime: string
  /** RFC 3339: when `status` became what it is. */
  readonly lastTransitionTime: string
}

/** As it stands on the node; any part may be missing. */
export function policyCondition({ status }: Pick<Node, 'status'>): Partial<NodeCondition> | undefined {
  return status?.conditions?.find(({ type }) => type === policyEnforcedCondition) as
    | Partial<NodeCondition>
    | undefined
}
