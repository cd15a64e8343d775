import type { Issue } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { checkKubernetesPolicySpec } from '../kubernetes-network-policy/check-spec.ts'
import { inferKubernetesTypes } from '../kubernetes-network-policy/default-types.ts'
import { formatLabelSelector } from '../label-selector/format-label-selector.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkStagedDeletion } from '../policy/check-staged.ts'
import { type StagedKubernetesNetworkPolicy, stagedKubernetesNetworkPolicySchema } from './schema.ts'

export const stagedKubernetesNetworkPolicyKind = defineKind<StagedKubernetesNetworkPolicy>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'StagedKubernetesNetworkPolicy',
  plural: 'stagedkubernetesnetworkpolicies',
  shortNames: ['sknp'],
  namespaced: true,
  schema: stagedKubernetesNetworkPolicySchema,
  nameFormat: subdomainName,
  validate: check,
  applyDefaults,
  printerColumns: [
    { name: 'Action', description: 'What enforcing it would do.', value: ({ spec }) => spec?.stagedAction },
    {
      name: 'Pod-Selector',
      description: 'The pods it applies to.',
      value: ({ spec }) => formatLabelSelector(spec?.podSelector),
    },
    {
      name: 'Types',
      description: 'The directions it governs.',
      value: ({ spec }) => spec?.policyTypes?.join(','),
    },
  ],
})

/** 60 and 61 of spec/api.md 2.1. */
function* check({ spec = {} }: StagedKubernetesNetworkPolicy): Iterable<Issue> {
  yield* checkKubernetesPolicySpec(spec)
  if (spec.stagedAction === 'Delete') yield* checkStagedDeletion(spec, [])
}

function applyDefaults(policy: StagedKubernetesNetworkPolicy): void {
  const spec = policy.spec ?? {}
  if (spec.stagedAction !== 'Delete') spec.policyTypes ??= inferKubernetesTypes(spec)
  policy.spec = spec
}
