/**
 * A node writes its own status, and no other node's, whatever roles say.
 *
 * Source  Kubernetes, "Using Node Authorization" and the NodeRestriction admission plugin: a node is the user
 *         `system:node:NAME` in the group system:nodes.
 */
import { nodesGroup, nodeUserPrefix, type User } from '../authentication/user.ts'
import { type Authorizer, type Decision, isPathAction, noOpinion, type ResourceAction } from './attributes.ts'

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
const statusWrites = ['update', 'patch']

export const nodeAuthorizer: Authorizer = {
  decide(attributes) {
    if (isPathAction(attributes) || !writes.includes(attributes.verb)) return noOpinion
    if (attributes.group !== '' || attributes.resource !== 'nodes') return noOpinion
    const node = nodeNameOf(attributes.user)
    return node === undefined ? noOpinion : decideFor(node, attributes)
  },
}

/** Undefined for whoever is no node. */
export function nodeNameOf({ name, groups }: User): string | undefined {
  if (!groups.includes(nodesGroup) || !name.startsWith(nodeUserPrefix)) return undefined
  return name.slice(nodeUserPrefix.length) || undefined
}

function decideFor(node: string, { verb, subresource, name }: ResourceAction): Decision {
  if (subresource === 'status' && statusWrites.includes(verb) && name === node)
    return { decision: 'Allow', reason: `node ${node} may write its own status` }
  return { decision: 'Deny', reason: `node "${node}" may write nothing of nodes but its own status` }
}
