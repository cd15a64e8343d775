/**
 * What AdminNetworkPolicies and BaselineAdminNetworkPolicies are both made of.
 * Source: Kubernetes network policy API, policy.networking.k8s.io/v1alpha1, in its experimental channel.
 */
import { choice, list, type Static, setOf, Type } from '../../schema/build.ts'
import { labelSelector } from '../label-selector/schema.ts'

const exactlyOne = { minProperties: 1, maxProperties: 1 }
const portNumber = (description: string) => Type.Integer({ minimum: 1, maximum: 65535, description })
const protocol = () =>
  Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'TCP by default.' }))

/** Upstream's schema asks for both selectors; upstream's types, and tools that read manifests by them, take an absent one as empty. */
const pods = Type.Object(
  {
    namespaceSelector: Type.Optional(
      labelSelector({ description: 'Their namespaces; empty or absent means all.' }),
    ),
    podSelector: Type.Optional(
      labelSelector({ description: 'Empty or absent means all pods of those namespaces.' }),
    ),
  },
  { minProperties: 1, description: 'Pods of namespaces; both must hold.' },
)

const clusterPeer = {
  namespaces: Type.Optional(labelSelector({ description: 'All pods of these namespaces; empty means all.' })),
  pods: Type.Optional(pods),
}

/** Beside them, an egress rule speaks of those outside of pods. */
export const outsidePeer = {
  ...clusterPeer,
  nodes: Type.Optional(labelSelector({ description: 'Addresses of these nodes; empty means all.' })),
  networks: Type.Optional(
    setOf(Type.String({ maxLength: 43 }), {
      minItems: 1,
      maxItems: 25,
      description: 'CIDRs; pods with such addresses match too.',
    }),
  ),
}

export const subject = Type.Object(clusterPeer, {
  ...exactlyOne,
  description: 'The pods that the policy is for; exactly one field.',
})
const ingressPeer = Type.Object(clusterPeer, exactlyOne)

const port = Type.Object(
  {
    portNumber: Type.Optional(
      Type.Object({ protocol: protocol(), port: portNumber('One port.') }, { description: 'One port.' }),
    ),
    namedPort: Type.Optional(Type.String({ description: 'As pods name their ports.' })),
    portRange: Type.Optional(
      Type.Object(
        {
          protocol: protocol(),
          start: portNumber('The first port.'),
          end: portNumber('The last port.'),
        },
        { description: 'Ports from start to end.' },
      ),
    ),
  },
  exactlyOne,
)

export const ruleName = Type.Optional(
  Type.String({ maxLength: 100, description: 'For people; need not be unique.' }),
)
export const ports = Type.Optional(
  list(port, {
    minItems: 1,
    maxItems: 100,
    description: 'Destination ports: any of these; absent means all.',
  }),
)
export const from = list(ingressPeer, { minItems: 1, maxItems: 100, description: 'Any of these.' })
export const to = <Peer extends Parameters<typeof Type.Object>[0]>(peer: Peer) =>
  list(Type.Object(peer, exactlyOne), { minItems: 1, maxItems: 100, description: 'Any of these.' })

const atMost = { maxItems: 100 }
export const rulesOf = <Rule extends Parameters<typeof list>[0]>(rule: Rule, description: string) =>
  Type.Optional(list(rule, { ...atMost, description }))

export type AdminPolicyPort = Static<typeof port>
export type AdminPolicyIngressPeer = Static<typeof ingressPeer>
