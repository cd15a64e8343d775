/**
 * All roles and bindings, indexed by who has them.
 *
 * Holds   1. What nothing allows is not allowed; a binding to a role that is not there allows nothing.
 *         2. The answer depends on the objects alone, not on the order in which they came.
 * Cost    A decision looks at the bindings of the user and of each group in two places, cluster and namespace. The
 *         table of a role is made when it is first asked for, and again after the role changed.
 * Source  Kubernetes RBAC authorization.
 */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  ResourceObject,
  Role,
  RoleBinding,
} from '@margay/resources'
import type { User } from '../../authentication/user.ts'
import { jsonEquals } from '../../json.ts'
import { type Attributes, type Authorizer, type Decision, isPathAction, noOpinion } from '../attributes.ts'
import { effectiveRules } from './aggregate.ts'
import { type Bound, boundsOf, keyOfRole, type RoleReference } from './binding.ts'
import { GrantTable } from './grant-table.ts'

type AnyRole = Role | ClusterRole
type AnyBinding = RoleBinding | ClusterRoleBinding
/** By namespace, and the empty one for the whole cluster. */
type Holdings = Map<string, Set<Bound>>

export class RbacIndex implements Authorizer {
  readonly #roles = new Map<string, AnyRole>()
  readonly #clusterRoles = new Map<string, ClusterRole>()
  readonly #bindings = new Map<string, readonly Bound[]>()
  readonly #users = new Map<string, Holdings>()
  readonly #groups = new Map<string, Holdings>()
  readonly #tables = new Map<string, GrantTable>()

  /** Takes a role or a binding in place of an older one; other kinds do not matter here. */
  put(object: ResourceObject): void {
    if (isRole(object)) this.#putRole(object)
    else if (isBinding(object)) this.#putBinding(object)
  }

  remove(object: ResourceObject): void {
    if (isRole(object)) this.#removeRole(object)
    else if (isBinding(object)) this.#unbind(keyOfObject(object))
  }

  decide(attributes: Attributes): Decision {
    const missing: RoleReference[] = []
    for (const held of this.#holdings(attributes.user, namespaceOf(attributes))) {
      for (const bound of held) {
        const table = this.#tableOf(bound.role)
        if (table === undefined) missing.push(bound.role)
        else if (isAllowedBy(table, attributes)) return { decision: 'Allow', reason: bound.reason }
      }
    }
    return missing.length === 0 ? noOpinion : { ...noOpinion, reason: missingReason(missing) }
  }

  /** All that the user may do by roles, in this namespace or, if it is empty, in the cluster. */
  rulesOf(user: User, namespace: string): PolicyRule[] {
    const bounds = this.#holdings(user, namespace).flatMap((held) => [...held])
    return bounds.flatMap(({ role }) => this.rulesOfRole(role) ?? [])
  }

  /** Undefined for a role that is not there. */
  rulesOfRole(reference: RoleReference): readonly PolicyRule[] | undefined {
    const role = this.#roles.get(reference.key)
    if (role === undefined) return undefined
    return isClusterRole(role) ? effectiveRules(role, this.#clusterRoles.values()) : (role.rules ?? [])
  }

  /** Aggregated roles that do not say yet which rules they have. */
  incompleteAggregates(): ClusterRole[] {
    return [...this.#clusterRoles.values()].flatMap((role) => {
      if (role.aggregationRule === undefined) return []
      const rules = [...effectiveRules(role, this.#clusterRoles.values())]
      return jsonEquals(role.rules ?? [], rules) ? [] : [{ ...role, rules }]
    })
  }

  #holdings({ name, groups }: User, namespace: string): Set<Bound>[] {
    const found: Set<Bound>[] = []
    collect(this.#users.get(name), namespace, found)
    for (const group of groups) collect(this.#groups.get(group), namespace, found)
    return found
  }

  #tableOf(reference: RoleReference): GrantTable | undefined {
    const { key } = reference
    const known = this.#tables.get(key)
    if (known !== undefined) return known
    const rules = this.rulesOfRole(reference)
    if (rules === undefined) return undefined
    const table = new GrantTable(rules)
    this.#tables.set(key, table)
    return table
  }

  #putRole(role: AnyRole): void {
    this.#roles.set(keyOfObject(role), role)
    if (isClusterRole(role)) this.#clusterRoles.set(role.metadata.name, role)
    this.#forgetTables(role)
  }

  #removeRole(role: AnyRole): void {
    this.#roles.delete(keyOfObject(role))
    if (isClusterRole(role)) this.#clusterRoles.delete(role.metadata.name)
    this.#forgetTables(role)
  }

  /** Any cluster role may be a part of another one. */
  #forgetTables(role: AnyRole): void {
    if (isClusterRole(role)) this.#tables.clear()
    else this.#tables.delete(keyOfObject(role))
  }

  #putBinding(binding: AnyBinding): void {
    const key = keyOfObject(binding)
    this.#unbind(key)
    const bounds = boundsOf(binding)
    this.#bindings.set(key, bounds)
    for (const bound of bounds) {
      const holdings = getOrAdd(this.#holders(bound), bound.subject.name, () => new Map())
      getOrAdd(holdings, bound.namespace, () => new Set<Bound>()).add(bound)
    }
  }

  #unbind(key: string): void {
    for (const bound of this.#bindings.get(key) ?? []) {
      const holders = this.#holders(bound)
      const holdings = holders.get(bound.subject.name)
      const held = holdings?.get(bound.namespace)
      held?.delete(bound)
      if (held?.size === 0) holdings?.delete(bound.namespace)
      if (holdings?.size === 0) holders.delete(bound.subject.name)
    }
    this.#bindings.delete(key)
  }

  #holders({ subject }: Bound): Map<string, Holdings> {
    return subject.kind === 'User' ? this.#users : this.#groups
  }
}

function namespaceOf(attributes: Attributes): string {
  return isPathAction(attributes) ? '' : attributes.namespace
}

/** What holds in the whole cluster, and what holds in the namespace. Paths belong to no namespace. */
function collect(holdings: Holdings | undefined, namespace: string, found: Set<Bound>[]): void {
  const everywhere = holdings?.get('')
  if (everywhere !== undefined) found.push(everywhere)
  const here = namespace === '' ? undefined : holdings?.get(namespace)
  if (here !== undefined) found.push(here)
}

function isAllowedBy(table: GrantTable, attributes: Attributes): boolean {
  return isPathAction(attributes) ? table.allowsPath(attributes) : table.allows(attributes)
}

function missingReason(missing: readonly RoleReference[]): string {
  const texts = [...new Set(missing.map(notFoundText))]
  const [only] = texts
  return `RBAC: ${texts.length === 1 ? only : `[${texts.join(', ')}]`}`
}

function notFoundText({ kind, name }: RoleReference): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io "${name}" not found`
}

function keyOfObject({ kind, metadata }: AnyRole | AnyBinding): string {
  return keyOfRole(kind, metadata.namespace ?? '', metadata.name)
}

function isRole(object: object): object is AnyRole {
  return hasKind(object, 'Role') || hasKind(object, 'ClusterRole')
}

function isClusterRole(role: AnyRole): role is ClusterRole {
  return role.kind === 'ClusterRole'
}

function isBinding(object: object): object is AnyBinding {
  return hasKind(object, 'RoleBinding') || hasKind(object, 'ClusterRoleBinding')
}

/** The group is that of the place in the store from which the object came, and was admitted to. */
function hasKind(object: object, kind: string): boolean {
  return 'kind' in object && object.kind === kind
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
