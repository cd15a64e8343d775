/** Source: Kubernetes API validation of rbac.authorization.k8s.io/v1. */
import { describe } from '../../schema/describe.ts'
import { type Issue, invalid, required } from '../../schema/issue.ts'
import { checkLabelSelector } from '../label-selector/check-label-selector.ts'
import { isDnsLabel, isDnsSubdomain } from '../meta/names.ts'
import { type ClusterRole, type PolicyRule, type RbacSubject, type Role, rbacGroup } from './schema.ts'

export function* checkRole({ rules = [] }: Role): Iterable<Issue> {
  for (const [index, rule] of rules.entries()) yield* checkRule(rule, `rules[${index}]`, true)
}

export function* checkClusterRole({ rules = [], aggregationRule }: ClusterRole): Iterable<Issue> {
  for (const [index, rule] of rules.entries()) yield* checkRule(rule, `rules[${index}]`, false)
  if (aggregationRule === undefined) return
  const { clusterRoleSelectors = [] } = aggregationRule
  const path = 'aggregationRule.clusterRoleSelectors'
  if (clusterRoleSelectors.length === 0) yield required(path, 'at least one selector is required')
  for (const [index, selector] of clusterRoleSelectors.entries())
    yield* checkLabelSelector(selector, `${path}[${index}]`)
}

function* checkRule(rule: PolicyRule, path: string, isNamespaced: boolean): Iterable<Issue> {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  if (verbs.length === 0) yield required(`${path}.verbs`, 'at least one verb is required')
  if (nonResourceURLs.length > 0) {
    if (isNamespaced) yield invalid(`${path}.nonResourceURLs`, 'a rule of a namespace can not apply to paths')
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      yield invalid(`${path}.nonResourceURLs`, 'a rule applies to resources or to paths, not to both')
    return
  }
  if (apiGroups.length === 0)
    yield required(`${path}.apiGroups`, 'at least one group is required; "" is the core group')
  if (resources.length === 0) yield required(`${path}.resources`, 'at least one resource is required')
}

interface Binding {
  readonly subjects?: readonly RbacSubject[]
  readonly roleRef: { readonly name: string }
}

export function* checkBinding({ subjects = [], roleRef }: Binding): Iterable<Issue> {
  if (roleRef.name === '') yield required('roleRef.name', 'is required')
  else if (!isRbacName(roleRef.name))
    yield invalid('roleRef.name', `${allowedName}, but is ${describe(roleRef.name)}`)
  for (const [index, subject] of subjects.entries()) yield* checkSubject(subject, `subjects[${index}]`)
}

function* checkSubject({ kind, apiGroup, name, namespace = '' }: RbacSubject, path: string): Iterable<Issue> {
  const group = kind === 'ServiceAccount' ? '' : rbacGroup
  if ((apiGroup ?? group) !== group)
    yield invalid(`${path}.apiGroup`, `must be ${describe(group)} for a ${kind}`)
  if (name === '') yield required(`${path}.name`, 'is required')
  if (kind !== 'ServiceAccount') return
  if (name !== '' && !isDnsSubdomain(name))
    yield invalid(`${path}.name`, `must be the name of a service account, but is ${describe(name)}`)
  if (namespace === '') yield required(`${path}.namespace`, 'is required for a ServiceAccount')
  else if (!isDnsLabel(namespace))
    yield invalid(`${path}.namespace`, `must be the name of a namespace, but is ${describe(namespace)}`)
}

/** Whom a subject without a group means. */
export function applyBindingDefaults(binding: { subjects?: RbacSubject[] }): void {
  for (const subject of binding.subjects ?? []) {
    if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= rbacGroup
  }
}

/** Roles may have names such as system:node. */
export function isRbacName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}

export const allowedName = 'must be a part of a path: not "." or "..", without "/" and "%"'
