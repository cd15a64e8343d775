/** A binding as the index keeps it. Source: Kubernetes API, rbac.authorization.k8s.io/v1. */
import type { ClusterRoleBinding, RbacSubject, RoleBinding } from '@margay/resources'
import { serviceAccountUserName } from '../../authentication/user.ts'

export interface RoleReference {
  readonly kind: 'Role' | 'ClusterRole'
  /** Of the role; empty for a cluster role. */
  readonly namespace: string
  readonly name: string
  /** Kind, namespace and name in one. */
  readonly key: string
}

/** What one subject has by one binding. */
export interface Bound {
  readonly subject: { readonly kind: 'User' | 'Group'; readonly name: string }
  /** Where it holds; empty: in the whole cluster. */
  readonly namespace: string
  readonly role: RoleReference
  /** As Kubernetes words it. */
  readonly reason: string
}

export function boundsOf(binding: RoleBinding | ClusterRoleBinding): Bound[] {
  const namespace = binding.metadata.namespace ?? ''
  const role = roleReference(binding)
  return (binding.subjects ?? []).map((subject) => ({
    subject: holderOf(subject, namespace),
    namespace,
    role,
    reason: reasonOf(binding, subject),
  }))
}

export function roleReference({ roleRef, metadata }: RoleBinding | ClusterRoleBinding): RoleReference {
  const { kind, name } = roleRef
  const namespace = kind === 'Role' ? (metadata.namespace ?? '') : ''
  return { kind, name, namespace, key: keyOfRole(kind, namespace, name) }
}

export function keyOfRole(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace} ${name}`
}

/** A service account is a user like any other. */
function holderOf({ kind, name, namespace }: RbacSubject, own: string): Bound['subject'] {
  if (kind !== 'ServiceAccount') return { kind, name }
  return { kind: 'User', name: serviceAccountUserName(namespace || own, name) }
}

function reasonOf(binding: RoleBinding | ClusterRoleBinding, subject: RbacSubject): string {
  const { name, namespace } = binding.metadata
  const which = namespace === undefined ? name : `${name}/${namespace}`
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name
  const { roleRef } = binding
  const what = `${binding.kind} "${which}" of ${roleRef.kind} "${roleRef.name}"`
  return `RBAC: allowed by ${what} to ${subject.kind} "${who}"`
}
