import { defineKind } from '../kind-definition.ts'
import { policyName } from '../meta/name-format.ts'
import { checkNetworkPolicySpec } from '../policy/check-policy.ts'
import { applyPolicyDefaults } from '../policy/default-policy.ts'
import { policyColumns } from '../policy/policy-columns.ts'
import { type NetworkPolicy, networkPolicySchema } from './schema.ts'

export const networkPolicyKind = defineKind<NetworkPolicy>({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['cnp', 'caliconetworkpolicy'],
  namespaced: true,
  schema: networkPolicySchema,
  nameFormat: policyName,
  validate: ({ spec }) => checkNetworkPolicySpec(spec ?? {}),
  applyDefaults: applyPolicyDefaults,
  printerColumns: policyColumns,
  selectableFields: ['spec.tier'],
})
