/** Source: Kubernetes API, rbac.authorization.k8s.io/v1. */
import { choice, list, type Static, Type } from '../../schema/build.ts'
import { labelSelector } from '../label-selector/schema.ts'
import { resourceSchema } from '../meta/resource-schema.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'
const apiVersion = `${rbacGroup}/v1` as const

const texts = (description: string) => Type.Optional(list(Type.String(), { description }))

const policyRule = Type.Object({
  verbs: list(Type.String(), { description: 'Such as get, or * for all.' }),
  apiGroups: texts('The empty one is the core group; * for all.'),
  resources: texts('Plurals, such as pods or pods/status; * for all.'),
  resourceNames: texts('Only objects with these names; none means all.'),
  nonResourceURLs: texts('Paths; a * at the end stands for anything.'),
})

const rules = Type.Optional(list(policyRule, { description: 'All that they permit is permitted.' }))

const subject = Type.Object({
  kind: choice(['User', 'Group', 'ServiceAccount'], { description: 'What the name names.' }),
  apiGroup: Type.Optional(Type.String({ description: 'Of users and groups; empty for a service account.' })),
  name: Type.String({ description: 'The name.' }),
  namespace: Type.Optional(Type.String({ description: 'Of a service account.' })),
})

const roleRef = <const Kinds extends readonly string[]>(kinds: Kinds) =>
  Type.Object(
    {
      apiGroup: Type.Optional(choice([rbacGroup], { default: rbacGroup, description: 'Of the role.' })),
      kind: choice(kinds, { description: 'What the name names.' }),
      name: Type.String({ description: 'The role.' }),
    },
    { description: 'What they have; can not be changed.' },
  )

const aggregationRule = Type.Object(
  {
    clusterRoleSelectors: Type.Optional(
      list(labelSelector(), {
        description: 'The rules are those of all cluster roles that one of these selects.',
      }),
    ),
  },
  { description: 'Makes the rules those of other roles.' },
)

export const roleSchema = resourceSchema(apiVersion, 'Role', { rules }, 'What may be done in one namespace.')
export const clusterRoleSchema = resourceSchema(
  apiVersion,
  'ClusterRole',
  { rules, aggregationRule: Type.Optional(aggregationRule) },
  'What may be done, in the whole cluster or in the namespaces in which it is bound.',
)
export const roleBindingSchema = resourceSchema(
  apiVersion,
  'RoleBinding',
  {
    subjects: Type.Optional(list(subject, { description: 'Who has the role.' })),
    roleRef: roleRef(['Role', 'ClusterRole']),
  },
  'Who has a role in one namespace.',
)
export const clusterRoleBindingSchema = resourceSchema(
  apiVersion,
  'ClusterRoleBinding',
  {
    subjects: Type.Optional(list(subject, { description: 'Who has the role.' })),
    roleRef: roleRef(['ClusterRole']),
  },
  'Who has a role in the whole cluster.',
)

export type PolicyRule = Static<typeof policyRule>
export type RbacSubject = Static<typeof subject>
export type Role = Static<typeof roleSchema>
export type ClusterRole = Static<typeof clusterRoleSchema>
export type RoleBinding = Static<typeof roleBindingSchema>
export type ClusterRoleBinding = Static<typeof clusterRoleBindingSchema>
