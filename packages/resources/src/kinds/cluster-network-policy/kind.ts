import { defineKind } from '../kind-definition.ts'
import { subdomainName } from '../meta/name-format.ts'
import { checkClusterPolicySpec } from './check-spec.ts'
import { subjectColumn } from './format-subject.ts'
import { type ClusterNetworkPolicy, clusterNetworkPolicySchema } from './schema.ts'

export const clusterNetworkPolicyKind = defineKind<ClusterNetworkPolicy>({
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  plural: 'clusternetworkpolicies',
  shortNames: ['cnp'],
  namespaced: false,
  hasStatus: true,
  schema: clusterNetworkPolicySchema,
  nameFormat: subdomainName,
  validate: ({ spec }) => checkClusterPolicySpec(spec),
  printerColumns: [
    { name: 'Tier', description: 'Admin or Baseline.', value: ({ spec }) => spec.tier },
    {
      name: 'Priority',
      type: 'integer',
      description: 'Lower goes first.',
      value: ({ spec }) => spec.priority,
    },
    subjectColumn,
  ],
})
