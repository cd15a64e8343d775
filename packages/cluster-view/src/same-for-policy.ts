/** Which changes of objects policy does not read, so that nothing has to be computed anew. */
import { isDeepStrictEqual } from 'node:util'
import {
  type EndpointSlice,
  type Namespace,
  type Node,
  nodeAddresses,
  type Pod,
  type Resource,
  type ServiceAccount,
} from '@margay/resources'

/** Nodes, pods and endpoint slices change all the time: heartbeats, conditions, readiness. False for kinds that don't. */
export function isSameForPolicy(before: Resource | undefined, after: Resource | undefined): boolean {
  const [one, other] = [readByPolicy(before), readByPolicy(after)]
  return one !== undefined && isDeepStrictEqual(one, other)
}

function readByPolicy(resource: Resource | undefined): unknown {
  switch (resource?.kind) {
    case 'Namespace':
    case 'ServiceAccount':
      return ofParent(resource)
    case 'Node':
      return ofNode(resource)
    case 'Pod':
      return ofPod(resource)
    case 'EndpointSlice':
      return ofEndpointSlice(resource)
    default:
      return undefined
  }
}

/** Pods inherit labels. */
function ofParent({ kind, metadata }: Namespace | ServiceAccount): object {
  return { kind, labels: metadata.labels }
}

/** Policy knows nodes by their labels and addresses. */
function ofNode(node: Node): object {
  const { kind, metadata, status } = node
  return { kind, labels: metadata.labels, reported: status?.addresses, addresses: nodeAddresses(node) }
}

/** Everything but its conditions and those of its containers. */
function ofPod({ kind, metadata, spec, status }: Pod): object {
  const { labels, annotations, deletionTimestamp } = metadata
  const { phase, podIP, podIPs } = status ?? {}
  return { kind, labels, annotations, deletionTimestamp, spec, phase, podIP, podIPs }
}

/** Every address counts, ready or not, wherever it is: see `@margay/policy`. */
function ofEndpointSlice({ kind, metadata, addressType, endpoints = [], ports }: EndpointSlice): object {
  const service = metadata.labels?.['kubernetes.io/service-name']
  return { kind, service, addressType, addresses: endpoints.map(({ addresses }) => addresses), ports }
}
