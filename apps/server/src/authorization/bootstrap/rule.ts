/** Short makers of rules and roles that are there from the start. */
import type { ClusterRole, PolicyRule } from '@margay/resources'

export const apiVersion = 'rbac.authorization.k8s.io/v1'

export const readVerbs = ['get', 'list', 'watch']
export const writeVerbs = ['create', 'delete', 'deletecollection', 'patch', 'update']
export const allVerbs = [...readVerbs, ...writeVerbs]

export function rule(group: string, resources: readonly string[], verbs: readonly string[]): PolicyRule {
  return { apiGroups: [group], resources: [...resources], verbs: [...verbs] }
}

export function named(base: PolicyRule, ...resourceNames: readonly string[]): PolicyRule {
  return { ...base, resourceNames: [...resourceNames] }
}

export function paths(...nonResourceURLs: readonly string[]): PolicyRule {
  return { nonResourceURLs: [...nonResourceURLs], verbs: ['get'] }
}

export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  labels: Readonly<Record<string, string>> = {},
): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: { name, labels: { ...labels } }, rules: [...rules] }
}
