/** Namespaces, service accounts, nodes and pods of a cast: what policy selects. */
import type { ContainerPort, ResourceObject } from '@margay/resources'
import fc from 'fast-check'
import { type Cast, type CastNode, namespacesOf, type Seat } from './cast.ts'
import { accountLabels, accountNames, claimedLabels, namespaceLabels, nodeLabels } from './labels.ts'
import { maybe, record, someOf } from './optional.ts'
import { ownPortName, portNumber } from './ports.ts'

/** Now and then one is missing: its pods are then closed to all. */
export function namespaces(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return someOf(
    namespacesOf(cast).map((name) =>
      namespaceLabels.map((labels) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels },
      })),
    ),
    97,
  )
}

/** Some that pods name are missing, which only means that nothing is inherited from them. */
export function serviceAccounts(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return someOf(
    namespacesOf(cast).flatMap((namespace) =>
      accountNames.map((name) =>
        accountLabels.map((labels) => ({
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { namespace, name, labels },
        })),
      ),
    ),
    75,
  )
}

export function nodes(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return someOf(
    cast.nodes.map((node) => nodeLabels.map((labels) => nodeObject(node, labels))),
    95,
  )
}

/** Seats that stay empty, or whose pod has ended, hold nobody that policy knows. */
export function pods(cast: Cast): fc.Arbitrary<ResourceObject[]> {
  return someOf(cast.seats.map(podIn), 95)
}

function nodeObject({ name, addresses }: CastNode, labels: Record<string, string>): ResourceObject {
  const internal = addresses.map((address) => ({ type: 'InternalIP', address }))
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { addresses: [...internal, { type: 'Hostname', address: name }] },
  }
}

function podIn({ namespace, name, node, addresses }: Seat): fc.Arbitrary<ResourceObject> {
  return fc
    .record({
      labels: claimedLabels,
      sources: maybe(5, fc.constantFrom('["203.0.113.0/24"]', '["0.0.0.0/0", "::/0"]')),
      phase: maybe(2, fc.constant('Succeeded')),
      serviceAccountName: fc.constantFrom(...accountNames),
      ports: fc.array(containerPorts, { maxLength: 2 }),
    })
    .map(({ labels, sources, phase = 'Running', serviceAccountName, ports }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace,
        name,
        labels,
        ...(sources === undefined ? {} : { annotations: { [sourcesKey]: sources } }),
      },
      spec: { nodeName: node, serviceAccountName, containers: ports.map(container) },
      status: { phase, podIPs: addresses.map((ip) => ({ ip })) },
    }))
}

/** Whose addresses it asks to send from. */
const sourcesKey = 'cni.projectcalico.org/allowedSourcePrefixes'

/** One port each: two containers may give one name to two numbers. */
function container(port: ContainerPort, index: number) {
  return { name: `c${index}`, image: 'registry.k8s.io/pause', ports: [port] }
}

const containerPorts = record({
  name: maybe(90, ownPortName),
  protocol: maybe(60, fc.constantFrom<'TCP' | 'UDP' | 'SCTP'>('TCP', 'UDP', 'SCTP', 'TCP')),
  containerPort: portNumber,
})
