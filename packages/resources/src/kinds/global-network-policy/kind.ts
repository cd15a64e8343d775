import { defineKind } from '../kind-definition.ts'
import { globalPolicyName } from '../meta/name-format.ts'
import { checkGlobalNetworkPolicySpec } from '../policy/check-policy.ts'
import { applyPolicyDefaults } from '../policy/default-policy.ts'
import { globalPolicyColumns } from '../policy/policy-columns.ts'
import { type GlobalNetworkPolicy, globalNetworkPolicySchema } from './schema.ts'

export const globalNetworkPolicyKind = defineKind<GlobalNetworkPolicy>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  plural: 'globalnetworkpolicies',
  shortNames: ['gnp', 'cgnp'],
  namespaced: false,
  schema: globalNetworkPolicySchema,
  nameFormat: globalPolicyName,
  validate: ({ spec }) => checkGlobalNetworkPolicySpec(spec ?? {}),
  applyDefaults: applyPolicyDefaults,
  printerColumns: globalPolicyColumns,
  selectableFields: ['spec.tier'],
})
