import { choice, list, type Static, setOf, Type } from '../../schema/build.ts'
import { kubernetesEgressRule, kubernetesIngressRule } from '../kubernetes-network-policy/schema.ts'
import { labelSelector } from '../label-selector/schema.ts'
import { resourceSchema } from '../meta/resource-schema.ts'
import { stagedActionField } from '../rule/policy-fields.ts'

const spec = Type.Object(
  {
    ...stagedActionField,
    podSelector: Type.Optional(labelSelector({ description: 'Empty means every pod of the namespace.' })),
    ingress: Type.Optional(
      list(kubernetesIngressRule, { description: 'For connections to the selected pods: any of these.' }),
    ),
    egress: Type.Optional(
      list(kubernetesEgressRule, { description: 'For connections from the selected pods: any of these.' }),
    ),
    policyTypes: Type.Optional(
      setOf(choice(['Ingress', 'Egress']), {
        minItems: 1,
        maxItems: 2,
        description: 'Inferred if absent: Ingress, and Egress if present.',
      }),
    ),
  },
  { default: {} },
)

export const stagedKubernetesNetworkPolicySchema = resourceSchema(
  'projectcalico.org/v3',
  'StagedKubernetesNetworkPolicy',
  { spec: Type.Optional(spec) },
  'A Kubernetes NetworkPolicy that is only watched, not enforced.',
)

export type StagedKubernetesNetworkPolicy = Static<typeof stagedKubernetesNetworkPolicySchema>
