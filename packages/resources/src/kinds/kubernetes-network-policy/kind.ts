import { defineKind } from '../kind-definition.ts'
import { formatLabelSelector } from '../label-selector/format-label-selector.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkKubernetesPolicySpec } from './check-spec.ts'
import { inferKubernetesTypes } from './default-types.ts'
import { type KubernetesNetworkPolicy, kubernetesNetworkPolicySchema } from './schema.ts'

export const kubernetesNetworkPolicyKind = defineKind<KubernetesNetworkPolicy>({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: kubernetesNetworkPolicySchema,
  nameFormat: subdomainName,
  validate: ({ spec }) => checkKubernetesPolicySpec(spec ?? {}),
  applyDefaults: applyKubernetesPolicyDefaults,
  printerColumns: [
    {
      name: 'Pod-Selector',
      description: 'The pods that the policy applies to.',
      value: ({ spec }) => formatLabelSelector(spec?.podSelector),
    },
    {
      name: 'Types',
      description: 'The directions that the policy governs.',
      wide: true,
      value: ({ spec }) => spec?.policyTypes?.join(','),
    },
  ],
})

function applyKubernetesPolicyDefaults(policy: KubernetesNetworkPolicy): void {
  const spec = policy.spec ?? {}
  if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = inferKubernetesTypes(spec)
  policy.spec = spec
}
