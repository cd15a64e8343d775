import { checkAdminRules } from '../admin-network-policy/check-rules.ts'
import { subjectColumn } from '../cluster-network-policy/format-subject.ts'
import { defineKind } from '../kind-definition.ts'
import type { NameFormat } from '../meta/name-format.ts'
import { type BaselineAdminNetworkPolicy, baselineAdminNetworkPolicySchema } from './schema.ts'

/** Without priorities, two of them would have no order. */
const onlyName: NameFormat = {
  isValid: (name) => name === 'default',
  allowed: '"default": a cluster has one BaselineAdminNetworkPolicy',
}

export const baselineAdminNetworkPolicyKind = defineKind<BaselineAdminNetworkPolicy>({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'BaselineAdminNetworkPolicy',
  plural: 'baselineadminnetworkpolicies',
  shortNames: ['banp'],
  namespaced: false,
  hasStatus: true,
  schema: baselineAdminNetworkPolicySchema,
  nameFormat: onlyName,
  validate: ({ spec }) => checkAdminRules(spec),
  printerColumns: [subjectColumn],
})
