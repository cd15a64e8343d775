/**
 * Two pods, both governed by so many policies in both directions, of which only the last rule of the last one lets them talk.
 *
 * Each rule has a peer selector of its own, so a set of its own, and a port. What it selects are other pods of the cluster.
 */
import type { Resource, ResourceObject } from '@margay/resources'
import { namespaceObject, podAddresses, podNamed } from '../world/pods.ts'
import { admitted } from '../world/world.ts'

export const namespace = 'team-0'
const rulesEach = 5
const peers = 50
const ports = { first: 2000, count: 5000 } as const

/** Names of the two pods on that node. */
export function pairOn(node: string): readonly [string, string] {
  return [`client-${node}`, `server-${node}`]
}

/** On a node of this name; `index` counts the nodes. */
export function podsOn(node: string, index: number): ResourceObject[] {
  return pairOn(node).map((name, i) =>
    placed(podNamed(namespace, name, { side: 'ours' }, podAddresses(2 * index + i)), node),
  )
}

function placed(pod: ResourceObject, nodeName: string): ResourceObject {
  return { ...pod, spec: { ...(pod.spec as object), nodeName } }
}

/** The pair of the first node, everyone whom rules select, and the policies. */
export function worldWith(policies: number, node: string): Resource[] {
  const others = Array.from({ length: peers }, (_, i) =>
    placed(podNamed(namespace, `peer-${i}`, { peer: `p${i}` }, podAddresses(1000 + i)), 'elsewhere'),
  )
  const governing = Array.from({ length: policies }, (_, order) => policyAt(order, policies))
  return [namespaceObject(0), ...podsOn(node, 0), ...others, ...governing].map(admitted)
}

function policyAt(order: number, policies: number): ResourceObject {
  const rules = (end: 'source' | 'destination') =>
    Array.from({ length: rulesEach }, (_, i) => {
      const index = order * rulesEach + i
      return index === policies * rulesEach - 1 ? { action: 'Allow' } : ruleAt(index, end)
    })
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: `policy-${order}` },
    spec: {
      order,
      selector: 'has(side)',
      types: ['Ingress', 'Egress'],
      ingress: rules('source'),
      egress: rules('destination'),
    },
  }
}

function ruleAt(index: number, end: 'source' | 'destination'): object {
  const peer = { selector: `peer == 'p${index % peers}' && !has(excluded-${index})` }
  const destination = { ports: [ports.first + (index % ports.count)] }
  const protocol = index % 2 === 0 ? 'TCP' : 'UDP'
  return end === 'source'
    ? { action: 'Allow', protocol, source: peer, destination }
    : { action: 'Allow', protocol, destination: { ...destination, ...peer } }
}
