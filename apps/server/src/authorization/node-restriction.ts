/**
 * A node writes its own status and its own lease, and no other node's, whatever roles say.
 *
 * Source  Kubernetes, "Using Node Authorization" and the NodeRestriction admission plugin: a node is the user
 *         `system:node:NAME` in the group system:nodes.
 */
import { agentLeaseNamespace } from '@margay/resources'
import { nodesGroup, nodeUserPrefix, type User } from '../authentication/user.ts'
import { type Authorizer, type Decision, isPathAction, noOpinion, type ResourceAction } from './attributes.ts'

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
const statusWrites = ['update', 'patch']
const leaseUses = ['get', 'create', 'update', 'patch']

export const nodeAuthorizer: Authorizer = {
  decide(attributes) {
    if (isPathAction(attributes)) return noOpinion
    const node = nodeNameOf(attributes.user)
    if (node === undefined) return noOpinion
    if (isAgentLease(attributes)) return decideForLease(node, attributes)
    if (attributes.group !== '' || attributes.resource !== 'nodes') return noOpinion
    return writes.includes(attributes.verb) ? decideForNode(node, attributes) : noOpinion
  },
}

/** Undefined for whoever is no node. */
export function nodeNameOf({ name, groups }: User): string | undefined {
  if (!groups.includes(nodesGroup) || !name.startsWith(nodeUserPrefix)) return undefined
  return name.slice(nodeUserPrefix.length) || undefined
}

function decideForNode(node: string, { verb, subresource, name }: ResourceAction): Decision {
  if (subresource === 'status' && statusWrites.includes(verb) && name === node)
    return { decision: 'Allow', reason: `node ${node} may write its own status` }
  return { decision: 'Deny', reason: `node "${node}" may write nothing of nodes but its own status` }
}

function isAgentLease({ group, resource, namespace }: ResourceAction): boolean {
  return group === 'coordination.k8s.io' && resource === 'leases' && namespace === agentLeaseNamespace
}

/** A request to create names no object; which one it makes is asked again when that is known. */
function decideForLease(node: string, { verb, subresource, name }: ResourceAction): Decision {
  const isOwn = name === node || (name === '' && verb === 'create')
  if (isOwn && subresource === '' && leaseUses.includes(verb))
    return { decision: 'Allow', reason: `node ${node} may renew its own lease` }
  if (!writes.includes(verb)) return noOpinion
  return {
    decision: 'Deny',
    reason: `node "${node}" may write nothing in ${agentLeaseNamespace} but its own lease`,
  }
}
