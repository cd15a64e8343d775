/**
 * A cluster as one node sees it: its own pods, twenty times as many elsewhere, and policies of all kinds, of which most belong
 * to a namespace and fifty are global.
 */
import type { ResourceObject } from '@margay/resources'
import { namespaceCount, namespaceObject, nodeName, podObject } from '../world/pods.ts'
import { platformTier, policyObject } from '../world/policies.ts'

export interface ClusterSize {
  readonly policies: number
  readonly localPods: number
}

const podsForEachLocal = 21
const globalPolicies = 50
/** Of each four policies that one is global: world/policies.ts. */
const isGlobal = (index: number) => index % 4 === 2

export function podsIn({ localPods }: ClusterSize): number {
  return localPods * podsForEachLocal
}

/** In an order in which an API takes them. */
export function clusterObjects(size: ClusterSize): ResourceObject[] {
  const pods = podsIn(size)
  return [
    ...Array.from({ length: namespaceCount(pods) }, (_, index) => namespaceObject(index)),
    platformTier,
    ...Array.from({ length: pods }, (_, index) => podAt(index)),
    ...policyIndices(size.policies).map((index) => policyObject(index, namespaceCount(pods))),
  ]
}

/** Pod `index`; local ones are spread over all namespaces. */
export function podAt(index: number): ResourceObject {
  const isLocal = index % podsForEachLocal === 0
  return placedOn(podObject(index), isLocal ? nodeName : `node-${2 + (index % podsForEachLocal)}`)
}

function placedOn(pod: ResourceObject, node: string): ResourceObject {
  return { ...pod, spec: { ...(pod.spec as object), nodeName: node } }
}

function policyIndices(count: number): number[] {
  const indices: number[] = []
  for (let index = 0; indices.length < count; index++) {
    if (!isGlobal(index) || index / 4 < globalPolicies) indices.push(index)
  }
  return indices
}

/** A pod that starts on this node, as the first one of its namespace has it; each `turn` another one. */
export function newPod(size: ClusterSize, turn: number): ResourceObject {
  const free = podsIn(size) + turn
  const like = podObject((turn % size.localPods) * podsForEachLocal)
  const { status } = podObject(free)
  const metadata = { ...like.metadata, name: `new-${turn}` }
  return placedOn({ ...like, metadata, status }, nodeName)
}

/** A policy that governs local pods, and speaks of another port at each `turn`. */
export function changingPolicy(turn: number): ResourceObject {
  const { namespace = '', labels = {} } = podAt(0).metadata
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: 'changing' },
    spec: {
      order: 1,
      selector: `app == '${labels.app}'`,
      types: ['Ingress'],
      ingress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          source: { selector: "role == 'web'" },
          destination: { ports: [9000 + turn] },
        },
        { action: 'Allow', protocol: 'UDP', source: { namespaceSelector: "zone == 'east'" } },
      ],
    },
  }
}
