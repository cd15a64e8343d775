/** Source: Kubernetes API, networking/v1 NetworkPolicy. */
import { anyObject, choice, intOrString, list, type Static, Type } from '../../schema/build.ts'
import { labelSelector } from '../label-selector/schema.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

const port = Type.Object({
  protocol: Type.Optional(choice(['TCP', 'UDP', 'SCTP'], { default: 'TCP', description: 'TCP by default.' })),
  port: Type.Optional(
    intOrString({ description: 'A number from 1 to 65535 or the name of a port; absent means all.' }),
  ),
  endPort: Type.Optional(
    Type.Integer({ format: 'int32', description: 'Last port of a range that starts at `port`.' }),
  ),
})

const ipBlock = Type.Object(
  {
    cidr: Type.String({ description: 'A CIDR; pods with such addresses match too.' }),
    except: Type.Optional(list(Type.String(), { description: 'CIDRs within `cidr` that do not match.' })),
  },
  { description: 'Addresses; alone in its peer.' },
)

const peer = Type.Object({
  podSelector: Type.Optional(
    labelSelector({ description: 'Pods; without namespaceSelector those of the own namespace.' }),
  ),
  namespaceSelector: Type.Optional(
    labelSelector({ description: 'All pods of these namespaces, or those that podSelector selects.' }),
  ),
  ipBlock: Type.Optional(ipBlock),
})

const ports = Type.Optional(list(port, { description: 'Any of these; none means every port.' }))
const peers = Type.Optional(list(peer, { description: 'Any of these; none means everyone.' }))

export const kubernetesIngressRule = Type.Object({ ports, from: peers })
export const kubernetesEgressRule = Type.Object({ ports, to: peers })

export const kubernetesPolicyFields = {
  podSelector: Type.Optional(
    labelSelector({ default: {}, description: 'Empty means every pod of the namespace.' }),
  ),
  ingress: Type.Optional(
    list(kubernetesIngressRule, { description: 'For connections to the selected pods: any of these.' }),
  ),
  egress: Type.Optional(
    list(kubernetesEgressRule, { description: 'For connections from the selected pods: any of these.' }),
  ),
  policyTypes: Type.Optional(
    list(choice(['Ingress', 'Egress']), {
      maxItems: 2,
      description: 'Inferred if absent: Ingress, and Egress if present.',
    }),
  ),
}

export const kubernetesNetworkPolicySchema = resourceSchema(
  'networking.k8s.io/v1',
  'NetworkPolicy',
  {
    spec: Type.Optional(Type.Object(kubernetesPolicyFields, { default: {} })),
    status: Type.Optional(anyObject({ description: 'Not in use.' })),
  },
  'What traffic the selected pods of a namespace may have.',
)

export type KubernetesNetworkPolicy = Static<typeof kubernetesNetworkPolicySchema>
export type KubernetesPolicyPort = Static<typeof port>
export type KubernetesPolicyPeer = Static<typeof peer>
export type KubernetesIngressRule = Static<typeof kubernetesIngressRule>
export type KubernetesEgressRule = Static<typeof kubernetesEgressRule>
export type IpBlock = Static<typeof ipBlock>
