import { subjectColumn } from '../cluster-network-policy/format-subject.ts'
import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkAdminRules } from './check-rules.ts'
import { type AdminNetworkPolicy, adminNetworkPolicySchema } from './schema.ts'

export const adminNetworkPolicyKind = defineKind<AdminNetworkPolicy>({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  plural: 'adminnetworkpolicies',
  shortNames: ['anp'],
  namespaced: false,
  hasStatus: true,
  schema: adminNetworkPolicySchema,
  nameFormat: subdomainName,
  validate: ({ spec }) => checkAdminRules(spec),
  printerColumns: [
    {
      name: 'Priority',
      type: 'integer',
      description: 'Lower goes first.',
      value: ({ spec }) => spec.priority,
    },
    subjectColumn,
  ],
})
