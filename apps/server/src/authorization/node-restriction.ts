/**
 * A node writes its own status, with what it says there of its encryption, its own lease, its own private keys and events about
 * itself, and nothing of other nodes, whatever roles say.
 *
 * Source  Kubernetes, "Using Node Authorization" and the NodeRestriction admission plugin: a node is the user
 *         `system:node:NAME` in the group system:nodes.
 */
import {
  agentLeaseNamespace,
  type Event,
  encryptionAnnotationPrefix,
  ipv4WireguardInterfaceAnnotation,
  ipv6WireguardInterfaceAnnotation,
  isEventAboutNode,
  isNodeEventName,
  nodeEventNamespace,
  type ResourceObject,
  wireguardPublicKeyAnnotation,
  wireguardPublicKeyV6Annotation,
  wireguardSecretName,
  wireguardSecretNamespace,
} from '@margay/resources'
import { nodesGroup, nodeUserPrefix, type User } from '../authentication/user.ts'
import { type Authorizer, type Decision, isPathAction, noOpinion, type ResourceAction } from './attributes.ts'

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
/** kubectl reads a status before it patches it. */
const statusUses = ['get', 'update', 'patch']
const leaseUses = ['get', 'create', 'update', 'patch']
const eventUses = ['get', 'create', 'patch']
const keyUses = ['get', 'create', 'update', 'patch', 'delete']

export const nodeAuthorizer: Authorizer = {
  decide(attributes) {
    if (isPathAction(attributes)) return noOpinion
    const node = nodeNameOf(attributes.user)
    if (node === undefined) return noOpinion
    if (isAgentLease(attributes)) return decideForLease(node, attributes)
    if (isSecretOfAgents(attributes)) return decideForKeys(node, attributes)
    if (isEventOfNodes(attributes)) return decideForEvent(node, attributes)
    if (attributes.group !== '' || attributes.resource !== 'nodes') return noOpinion
    return decideForNode(node, attributes)
  },
}

/** Undefined for whoever is no node. */
export function nodeNameOf({ name, groups }: User): string | undefined {
  if (!groups.includes(nodesGroup) || !name.startsWith(nodeUserPrefix)) return undefined
  return name.slice(nodeUserPrefix.length) || undefined
}

function decideForNode(node: string, { verb, subresource, name }: ResourceAction): Decision {
  if (subresource === 'status' && statusUses.includes(verb) && name === node)
    return { decision: 'Allow', reason: `node ${node} may write its own status` }
  if (!writes.includes(verb)) return noOpinion
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

/** Whoever holds a private key can be taken for its node. */
function isSecretOfAgents({ group, resource, namespace }: ResourceAction): boolean {
  return group === '' && resource === 'secrets' && namespace === wireguardSecretNamespace
}

/** As for leases, but nobody else's are read either. */
function decideForKeys(node: string, { verb, subresource, name }: ResourceAction): Decision {
  const isOwn = name === wireguardSecretName(node) || (name === '' && verb === 'create')
  if (isOwn && subresource === '' && keyUses.includes(verb))
    return { decision: 'Allow', reason: `node ${node} may keep its own keys` }
  return {
    decision: 'Deny',
    reason: `node "${node}" may use no secret in ${wireguardSecretNamespace} but its own, ${JSON.stringify(wireguardSecretName(node))}`,
  }
}

function isEventOfNodes({ group, resource, namespace }: ResourceAction): boolean {
  return group === '' && resource === 'events' && namespace === nodeEventNamespace
}

/**
 * By its name; what it is about is looked at when that is known, see `foreignEvent`. All others are as roles say, as are those that a
 * kubelet writes.
 */
function decideForEvent(node: string, { verb, subresource, name }: ResourceAction): Decision {
  const isOwn = isNodeEventName(name, node) || (name === '' && verb === 'create')
  if (!isOwn || subresource !== '' || !eventUses.includes(verb)) return noOpinion
  return { decision: 'Allow', reason: `node ${node} may tell events about itself` }
}

/** Why a node must not write an event, for people; undefined: it may as far as this goes, or whoever writes is no node. */
export function foreignEvent(user: User, { metadata, ...event }: ResourceObject): string | undefined {
  const node = nodeNameOf(user)
  if (node === undefined || metadata.namespace !== nodeEventNamespace) return undefined
  if (!isNodeEventName(metadata.name, node)) return undefined
  const isMadeUp = metadata.generateName !== undefined
  if (!isMadeUp && isEventAboutNode(event as unknown as Event, node)) return undefined
  return `under its own name, node "${node}" may tell events about itself alone, one for each reason`
}

const ownAnnotations: readonly string[] = [
  wireguardPublicKeyAnnotation,
  wireguardPublicKeyV6Annotation,
  ipv4WireguardInterfaceAnnotation,
  ipv6WireguardInterfaceAnnotation,
]

/** What a node must not make of its Node, for people; undefined: it may, or whoever writes is no node. */
export function forbiddenToNode(
  user: User,
  after: ResourceObject,
  before: ResourceObject,
): string | undefined {
  const node = nodeNameOf(user)
  if (node === undefined) return undefined
  const changed = changedKeys(before.metadata.annotations, after.metadata.annotations)
  const others = changed.filter((name) => !isOwnAnnotation(name))
  if (others.length === 0) return undefined
  return `node "${node}" may write no annotation but those of its encryption, and not ${others.map((it) => JSON.stringify(it)).join(', ')}`
}

function isOwnAnnotation(name: string): boolean {
  return ownAnnotations.includes(name) || name.startsWith(encryptionAnnotationPrefix)
}

type Annotations = Readonly<Record<string, string>>

function changedKeys(before: Annotations = {}, after: Annotations = {}): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => before[name] !== after[name]).sort()
}
