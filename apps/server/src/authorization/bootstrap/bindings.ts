/** Who has which role from the start. Source: as the roles; Kubernetes RBAC, "Default roles and role bindings". */
import { type ClusterRoleBinding, rbacGroup } from '@margay/resources'
import {
  authenticatedGroup,
  mastersGroup,
  nodesGroup,
  serviceAccountsGroup,
  unauthenticatedGroup,
} from '../../authentication/user.ts'
import { apiVersion } from './rule.ts'

export const bootstrapBindings: readonly ClusterRoleBinding[] = [
  toGroups('cluster-admin', mastersGroup),
  toGroups('system:basic-user', authenticatedGroup),
  toGroups('system:discovery', authenticatedGroup),
  toGroups('system:public-info-viewer', authenticatedGroup, unauthenticatedGroup),
  toGroups('system:service-account-issuer-discovery', serviceAccountsGroup),
  toGroups('margay:agent', nodesGroup),
]

/** A binding has the name of its role. */
function toGroups(role: string, ...groups: readonly string[]): ClusterRoleBinding {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: role },
    subjects: groups.map((name) => ({ kind: 'Group', apiGroup: rbacGroup, name })),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
  }
}
