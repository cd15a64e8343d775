import type { Issue } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { policyName } from '../meta/name-format.ts'
import { checkNetworkPolicySpec } from '../policy/check-policy.ts'
import { checkStagedDeletion } from '../policy/check-staged.ts'
import { applyPolicyDefaults } from '../policy/default-policy.ts'
import { stagedPolicyColumns } from '../policy/policy-columns.ts'
import { type StagedNetworkPolicy, stagedNetworkPolicySchema } from './schema.ts'

export const stagedNetworkPolicyKind = defineKind<StagedNetworkPolicy>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'StagedNetworkPolicy',
  plural: 'stagednetworkpolicies',
  shortNames: ['scnp', 'snp'],
  namespaced: true,
  schema: stagedNetworkPolicySchema,
  nameFormat: policyName,
  validate: check,
  applyDefaults: applyPolicyDefaults,
  printerColumns: stagedPolicyColumns,
  selectableFields: ['spec.tier'],
})

function* check({ spec = {} }: StagedNetworkPolicy): Iterable<Issue> {
  yield* checkNetworkPolicySpec(spec)
  if (spec.stagedAction === 'Delete') yield* checkStagedDeletion(spec, ['tier'])
}
