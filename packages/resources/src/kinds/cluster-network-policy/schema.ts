/** Source: Kubernetes network policy API, policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy. */
import { choice, list, type Static, setOf, Type } from '../../schema/build.ts'
import { labelSelector } from '../label-selector/schema.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const exactlyOne = { minProperties: 1, maxProperties: 1 }
const portNumber = (description: string) => Type.Integer({ minimum: 1, maximum: 65535, description })

const namespacedPods = Type.Object(
  {
    namespaceSelector: Type.Optional(
      labelSelector({ default: {}, description: 'Their namespaces; empty means all.' }),
    ),
    podSelector: labelSelector({ description: 'Empty means all pods of those namespaces.' }),
  },
  { description: 'Pods of namespaces; both must hold.' },
)

const subject = Type.Object(
  {
    namespaces: Type.Optional(
      labelSelector({ description: 'All pods of these namespaces; empty means all.' }),
    ),
    pods: Type.Optional(namespacedPods),
  },
  { ...exactlyOne, description: 'The pods that the policy is for; exactly one field.' },
)

const portRange = Type.Object(
  { start: portNumber('The first port.'), end: portNumber('The last port.') },
  { description: 'Ports from start to end.' },
)
const port = Type.Object(
  { number: Type.Optional(portNumber('One port.')), range: Type.Optional(portRange) },
  { ...exactlyOne, description: 'A port, or a range.' },
)
const transport = Type.Object(
  { destinationPort: Type.Optional(port) },
  { minProperties: 1, description: 'Packets of this protocol.' },
)

const protocol = Type.Object(
  {
    tcp: Type.Optional(transport),
    udp: Type.Optional(transport),
    sctp: Type.Optional(transport),
    destinationNamedPort: Type.Optional(
      Type.String({ description: 'The name of a port of the destination, whatever its protocol.' }),
    ),
  },
  exactlyOne,
)

const ingressPeer = Type.Object(
  {
    namespaces: Type.Optional(
      labelSelector({ description: 'All pods of these namespaces; empty means all.' }),
    ),
    pods: Type.Optional(namespacedPods),
  },
  exactlyOne,
)

/** A name, optionally under `*.` for everything below it. */
export const domainName = Type.String({
  pattern:
    '^(\\*\\.)?([a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\\.)+[a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\\.?$',
  maxLength: 255,
})

const egressPeer = Type.Object(
  {
    namespaces: Type.Optional(
      labelSelector({ description: 'All pods of these namespaces; empty means all.' }),
    ),
    pods: Type.Optional(namespacedPods),
    nodes: Type.Optional(labelSelector({ description: 'Addresses of these nodes; empty means all.' })),
    networks: Type.Optional(
      setOf(Type.String({ maxLength: 43 }), {
        minItems: 1,
        maxItems: 25,
        description: 'CIDRs; pods with such addresses match too.',
      }),
    ),
    domainNames: Type.Optional(
      setOf(domainName, { minItems: 1, maxItems: 25, description: 'Only with action Accept.' }),
    ),
  },
  exactlyOne,
)

const ruleHead = {
  name: Type.Optional(Type.String({ maxLength: 100, description: 'For people; need not be unique.' })),
  action: choice(['Accept', 'Deny', 'Pass'], {
    description: 'Pass leaves the decision to the policies that come later.',
  }),
}
const protocols = Type.Optional(
  list(protocol, { minItems: 1, maxItems: 25, description: 'Any of these; absent means all.' }),
)

const ingressRule = Type.Object({
  ...ruleHead,
  from: list(ingressPeer, { minItems: 1, maxItems: 25, description: 'Any of these.' }),
  protocols,
})
const egressRule = Type.Object({
  ...ruleHead,
  to: list(egressPeer, { minItems: 1, maxItems: 25, description: 'Any of these.' }),
  protocols,
})

export const clusterNetworkPolicySchema = resourceSchema(
  'policy.networking.k8s.io/v1alpha2',
  'ClusterNetworkPolicy',
  {
    spec: Type.Object({
      tier: choice(['Admin', 'Baseline'], { description: 'Before or after the policies of namespaces.' }),
      priority: Type.Integer({ minimum: 0, maximum: 1000, description: 'Lower goes first in its tier.' }),
      subject,
      ingress: Type.Optional(
        list(ingressRule, { maxItems: 25, description: 'For connections to the subject, in this order.' }),
      ),
      egress: Type.Optional(
        list(egressRule, { maxItems: 25, description: 'For connections from the subject, in this order.' }),
      ),
    }),
    status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions()) })),
  },
  "Rules of a cluster's administrator, before or after the policies of namespaces.",
)

export type ClusterNetworkPolicy = Static<typeof clusterNetworkPolicySchema>
export type ClusterPolicySubject = Static<typeof subject>
export type ClusterPolicyIngressRule = Static<typeof ingressRule>
export type ClusterPolicyEgressRule = Static<typeof egressRule>
export type ClusterPolicyIngressPeer = Static<typeof ingressPeer>
export type ClusterPolicyEgressPeer = Static<typeof egressPeer>
export type ClusterPolicyProtocol = Static<typeof protocol>
export type NamespacedPods = Static<typeof namespacedPods>
