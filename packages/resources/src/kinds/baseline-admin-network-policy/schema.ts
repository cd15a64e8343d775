/** Source: Kubernetes network policy API, policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy. */
import { choice, type Static, Type } from '../../schema/build.ts'
import { from, outsidePeer, ports, ruleName, rulesOf, subject, to } from '../admin-network-policy/parts.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

/** Nothing comes after it, so it has nobody to pass to. */
const action = choice(['Allow', 'Deny'], { description: 'What happens to the packet.' })

const ingressRule = Type.Object({ name: ruleName, action, from, ports })
const egressRule = Type.Object({ name: ruleName, action, to: to(outsidePeer), ports })

export const baselineAdminNetworkPolicySchema = resourceSchema(
  'policy.networking.k8s.io/v1alpha1',
  'BaselineAdminNetworkPolicy',
  {
    spec: Type.Object({
      subject,
      ingress: rulesOf(ingressRule, 'For connections to the subject, in this order.'),
      egress: rulesOf(egressRule, 'For connections from the subject, in this order.'),
    }),
    status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions()) })),
  },
  "Rules of a cluster's administrator, after the policies of namespaces.",
)

export type BaselineAdminNetworkPolicy = Static<typeof baselineAdminNetworkPolicySchema>
