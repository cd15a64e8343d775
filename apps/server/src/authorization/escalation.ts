/**
 * Nobody grants what he does not have: whoever writes a role needs its rules or the verb `escalate`, and whoever writes a
 * binding needs the role's rules or the verb `bind`.
 *
 * Source  Kubernetes RBAC, "Privilege escalation prevention and bootstrapping"; the policybased storages of its
 *         registry/rbac.
 */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  ResourceObject,
  Role,
  RoleBinding,
} from '@margay/resources'
import { rbacGroup } from '@margay/resources'
import type { User } from '../authentication/user.ts'
import { jsonEquals, without } from '../json.ts'
import { ApiError } from '../status/api-error.ts'
import {
  type Action,
  type Authorizer,
  isAllowed,
  isPathAction,
  type ResourceAction,
  resourceAction,
} from './attributes.ts'
import { type RoleReference, roleReference } from './rbac/binding.ts'
import { GrantTable } from './rbac/grant-table.ts'
import type { RbacIndex } from './rbac/rbac-index.ts'
import { uncoveredRules } from './rbac/uncovered-rules.ts'
import { forbiddenResource } from './refusal.ts'

/** To aggregate is to grant whatever comes. */
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

type Roles = Pick<RbacIndex, 'rulesOf' | 'rulesOfRole'>

export class EscalationGuard {
  readonly #authorizer: Authorizer
  readonly #roles: Roles

  constructor(authorizer: Authorizer, roles: Roles) {
    this.#authorizer = authorizer
    this.#roles = roles
  }

  /** Throws a 403, or a 404 for a role that is to be bound and is not there. Other kinds than RBAC's pass. */
  check(user: User, action: ResourceAction, after: ResourceObject, before: ResourceObject | undefined): void {
    if (action.group !== rbacGroup) return
    if (before !== undefined && jsonEquals(whatCounts(after), whatCounts(before))) return
    const named = { ...action, name: after.metadata.name }
    if (action.resource === 'roles' || action.resource === 'clusterroles')
      this.#checkRole(user, named, after as unknown as Role | ClusterRole, isAggregate(before))
    else this.#checkBinding(user, named, after as unknown as RoleBinding | ClusterRoleBinding)
  }

  #checkRole(user: User, action: ResourceAction, role: Role | ClusterRole, wasAggregate: boolean): void {
    if (this.#may(user, { ...action, verb: 'escalate' })) return
    this.#requireAll(user, action, wasAggregate || isAggregate(role) ? everything : (role.rules ?? []))
  }

  #checkBinding(user: User, action: ResourceAction, binding: RoleBinding | ClusterRoleBinding): void {
    const role = roleReference(binding)
    const { namespace } = action
    const resource = role.kind === 'Role' ? 'roles' : 'clusterroles'
    const bind = resourceAction({ verb: 'bind', group: rbacGroup, resource, namespace, name: role.name })
    if (this.#may(user, bind)) return
    const rules = this.#roles.rulesOfRole(role)
    if (rules === undefined) throw noSuchRole(role)
    this.#requireAll(user, action, rules)
  }

  #requireAll(user: User, action: ResourceAction, rules: readonly PolicyRule[]): void {
    const missing = uncoveredRules(rules, action.namespace, (each) =>
      this.#holds(user, action.namespace, each),
    )
    if (missing.length === 0) return
    const who = `user ${JSON.stringify(user.name)} (groups=[${user.groups.map(quote).join(' ')}])`
    const what = `is attempting to grant RBAC permissions not currently held:\n${missing.map(formatRule).join('\n')}`
    throw forbiddenResource(action, `${who} ${what}`)
  }

  /** A rule for paths counts as held, as in Kubernetes, also where it has no effect: by a binding in the namespace. */
  #holds(user: User, namespace: string, action: Action): boolean {
    if (isAllowed(this.#authorizer.decide({ ...action, user }))) return true
    return isPathAction(action) && new GrantTable(this.#roles.rulesOf(user, namespace)).allowsPath(action)
  }

  #may(user: User, action: ResourceAction): boolean {
    return isAllowed(this.#authorizer.decide({ ...action, user }))
  }
}

/**
 * All but what only matters to those who delete the object, and what the server writes itself. Labels count: by them, a role
 * becomes a part of others.
 *
 * Source  Kubernetes `IsOnlyMutatingGCFields` of its registry/rbac.
 */
function whatCounts({ metadata, ...rest }: ResourceObject): object {
  return { ...rest, metadata: without({ ...metadata }, ...withoutEffect) }
}

const withoutEffect = ['finalizers', 'generation', 'managedFields', 'ownerReferences', 'resourceVersion']

function isAggregate(role: object | undefined): boolean {
  return role !== undefined && 'aggregationRule' in role && role.aggregationRule !== undefined
}

function noSuchRole({ kind, name }: RoleReference): ApiError {
  const resource = kind === 'Role' ? 'roles' : 'clusterroles'
  return new ApiError(404, 'NotFound', `${resource}.${rbacGroup} "${name}" not found`, {
    details: { name, group: rbacGroup, kind: resource },
  })
}

/** As Kubernetes prints a rule: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
function formatRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const parts = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['ResourceNames', resourceNames],
    ['NonResourceURLs', nonResourceURLs],
    ['Verbs', verbs],
  ] as const
  const shown = parts.flatMap(([name, list]) =>
    list === undefined || list.length === 0 ? [] : [`${name}:[${list.map(quote).join(' ')}]`],
  )
  return `{${shown.join(', ')}}`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
