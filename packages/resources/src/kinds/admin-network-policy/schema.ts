/** Source: Kubernetes network policy API, policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy. */
import { choice, type Static, setOf, Type } from '../../schema/build.ts'
import { domainName } from '../cluster-network-policy/schema.ts'
import { conditions } from '../meta/condition.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { from, outsidePeer, ports, ruleName, rulesOf, subject, to } from './parts.ts'

const action = choice(['Allow', 'Deny', 'Pass'], {
  description: 'Pass leaves the decision to the policies of namespaces.',
})

const egressPeer = {
  ...outsidePeer,
  domainNames: Type.Optional(
    setOf(domainName, { minItems: 1, maxItems: 25, description: 'Only with action Allow.' }),
  ),
}

const ingressRule = Type.Object({ name: ruleName, action, from, ports })
const egressRule = Type.Object({ name: ruleName, action, to: to(egressPeer), ports })

export const adminNetworkPolicySchema = resourceSchema(
  'policy.networking.k8s.io/v1alpha1',
  'AdminNetworkPolicy',
  {
    spec: Type.Object({
      priority: Type.Integer({ minimum: 0, maximum: 1000, description: 'Lower goes first.' }),
      subject,
      ingress: rulesOf(ingressRule, 'For connections to the subject, in this order.'),
      egress: rulesOf(egressRule, 'For connections from the subject, in this order.'),
    }),
    status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions()) })),
  },
  "Rules of a cluster's administrator, before the policies of namespaces.",
)

export type AdminNetworkPolicy = Static<typeof adminNetworkPolicySchema>
