/**
 * Secrets and config maps whose data stays as it is, once that is asked for.
 *
 * Source  Kubernetes API validation of core/v1, `ValidateSecretUpdate` and `ValidateConfigMapUpdate`.
 */
import type { Issue, KindDefinition, ResourceObject } from '@margay/resources'
import { jsonEquals } from '../json.ts'

/** Nothing for kinds that know no such thing. */
export function immutableDataIssues(
  { group, kind }: KindDefinition,
  existing: ResourceObject,
  updated: ResourceObject,
): Issue[] {
  if (group !== '' || (kind !== 'Secret' && kind !== 'ConfigMap')) return []
  const locked = existing.immutable === true ? lockedIssues(existing, updated) : []
  return kind === 'Secret' ? [...typeIssues(existing, updated), ...locked] : locked
}

/** The type says which entries there must be, and readers go by it. */
function typeIssues({ type: before }: ResourceObject, { type }: ResourceObject): Issue[] {
  if (type === before) return []
  const message = `Invalid value: ${JSON.stringify(type ?? '')}: field is immutable`
  return [{ path: 'type', reason: 'FieldValueInvalid', message }]
}

function lockedIssues(existing: ResourceObject, updated: ResourceObject): Issue[] {
  const unlocked = updated.immutable === true ? [] : ['immutable']
  const changed = ['data', 'binaryData'].filter(
    (field) => !jsonEquals(existing[field] ?? {}, updated[field] ?? {}),
  )
  const message = 'Forbidden: field is immutable when `immutable` is set'
  return [...unlocked, ...changed].map((path) => ({ path, reason: 'FieldValueForbidden', message }))
}
