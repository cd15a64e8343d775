/** Role, ClusterRole, RoleBinding and ClusterRoleBinding: the four belong together. */
import { defineKind } from '../kind-definition.ts'
import type { NameFormat } from '../meta/name-format.ts'
import {
  allowedName,
  applyBindingDefaults,
  checkBinding,
  checkClusterRole,
  checkRole,
  isRbacName,
} from './check-rbac.ts'
import {
  type ClusterRole,
  type ClusterRoleBinding,
  clusterRoleBindingSchema,
  clusterRoleSchema,
  type RbacSubject,
  type Role,
  type RoleBinding,
  rbacGroup,
  roleBindingSchema,
  roleSchema,
} from './schema.ts'

const apiVersion = `${rbacGroup}/v1`
const nameFormat: NameFormat = { isValid: isRbacName, allowed: allowedName.replace('must be ', '') }

/** They stay for long: the time says more than the age. */
const roleColumns = [
  {
    name: 'Name',
    description: 'Name of the object.',
    value: ({ metadata }: Role | ClusterRole) => metadata.name,
  },
  { name: 'Created At', description: 'When it was made.', value: createdAt },
]

export const roleKind = defineKind<Role>({
  apiVersion,
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  schema: roleSchema,
  nameFormat,
  validate: checkRole,
  printerColumns: roleColumns,
  isWholeTable: true,
})

export const clusterRoleKind = defineKind<ClusterRole>({
  apiVersion,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  schema: clusterRoleSchema,
  nameFormat,
  validate: checkClusterRole,
  printerColumns: roleColumns,
  isWholeTable: true,
})

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly RbacSubject[]
}

const bindingColumns = [
  {
    name: 'Role',
    description: 'What is bound.',
    value: ({ roleRef }: Binding) => `${roleRef.kind}/${roleRef.name}`,
  },
  {
    name: 'Users',
    description: 'Users who have it.',
    wide: true,
    value: (it: Binding) => namesOf(it, 'User'),
  },
  {
    name: 'Groups',
    description: 'Groups that have it.',
    wide: true,
    value: (it: Binding) => namesOf(it, 'Group'),
  },
  {
    name: 'ServiceAccounts',
    description: 'Service accounts that have it.',
    wide: true,
    value: (it: Binding) => namesOf(it, 'ServiceAccount'),
  },
]

export const roleBindingKind = defineKind<RoleBinding>({
  apiVersion,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  schema: roleBindingSchema,
  nameFormat,
  validate: checkBinding,
  applyDefaults: applyBindingDefaults,
  printerColumns: bindingColumns,
})

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  apiVersion,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  schema: clusterRoleBindingSchema,
  nameFormat,
  validate: checkBinding,
  applyDefaults: applyBindingDefaults,
  printerColumns: bindingColumns,
})

function createdAt({ metadata }: Role | ClusterRole): string | undefined {
  return metadata.creationTimestamp
}

function namesOf({ subjects = [] }: Binding, kind: RbacSubject['kind']): string {
  const names = subjects.filter((subject) => subject.kind === kind)
  return names
    .map(({ name, namespace }) =>
      namespace === undefined || kind !== 'ServiceAccount' ? name : `${namespace}/${name}`,
    )
    .join(', ')
}
