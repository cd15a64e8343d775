import type { Issue } from '../../schema/issue.ts'
import { defineKind } from '../kind-definition.ts'
import { globalPolicyName } from '../meta/name-format.ts'
import { checkGlobalNetworkPolicySpec } from '../policy/check-policy.ts'
import { checkStagedDeletion } from '../policy/check-staged.ts'
import { applyPolicyDefaults } from '../policy/default-policy.ts'
import { stagedGlobalPolicyColumns } from '../policy/policy-columns.ts'
import { type StagedGlobalNetworkPolicy, stagedGlobalNetworkPolicySchema } from './schema.ts'

export const stagedGlobalNetworkPolicyKind = defineKind<StagedGlobalNetworkPolicy>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'StagedGlobalNetworkPolicy',
  plural: 'stagedglobalnetworkpolicies',
  shortNames: ['sgnp'],
  namespaced: false,
  schema: stagedGlobalNetworkPolicySchema,
  nameFormat: globalPolicyName,
  validate: check,
  applyDefaults: applyPolicyDefaults,
  printerColumns: stagedGlobalPolicyColumns,
  selectableFields: ['spec.tier'],
})

function* check({ spec = {} }: StagedGlobalNetworkPolicy): Iterable<Issue> {
  yield* checkGlobalNetworkPolicySpec(spec)
  if (spec.stagedAction === 'Delete') yield* checkStagedDeletion(spec, ['tier'])
}
