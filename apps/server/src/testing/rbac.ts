/** Small RBAC objects for tests. */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
  Role,
  RoleBinding,
} from '@margay/resources'

export const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apiVersion = 'rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'

/** `rule('get list', 'projectcalico.org', 'tiers', 'default')`. */
export function rule(
  verbs: string,
  group: string,
  resources: string,
  ...resourceNames: string[]
): PolicyRule {
  const names = resourceNames.length === 0 ? {} : { resourceNames }
  return { verbs: verbs.split(' '), apiGroups: [group], resources: resources.split(' '), ...names }
}

export function clusterRole(name: string, rules: PolicyRule[], more: Partial<ClusterRole> = {}): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: { name }, rules, ...more }
}

export function role(namespace: string, name: string, rules: PolicyRule[]): Role {
  return { apiVersion, kind: 'Role', metadata: { name, namespace }, rules }
}

export const user = (name: string): RbacSubject => ({ kind: 'User', apiGroup, name })
export const group = (name: string): RbacSubject => ({ kind: 'Group', apiGroup, name })
export const account = (namespace: string, name: string): RbacSubject => ({
  kind: 'ServiceAccount',
  namespace,
  name,
})

export function clusterBinding(
  name: string,
  roleName: string,
  ...subjects: RbacSubject[]
): ClusterRoleBinding {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    subjects,
    roleRef: { apiGroup, kind: 'ClusterRole', name: roleName },
  }
}

export function roleBinding(
  namespace: string,
  name: string,
  roleRef: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string },
  ...subjects: RbacSubject[]
): RoleBinding {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    subjects,
    roleRef: { apiGroup, ...roleRef },
  }
}
