/** What a binding refers to stays as it was made: otherwise its subjects would silently get another role. */
import { type KindDefinition, type ResourceObject, rbacGroup } from '@margay/resources'
import { jsonEquals } from '../json.ts'
import { invalid } from '../status/api-error.ts'

/** Throws a 422. Source: Kubernetes API validation, `ValidateRoleBindingUpdate`. */
export function checkRoleReference(
  kind: KindDefinition,
  after: ResourceObject,
  before: ResourceObject,
): void {
  if (kind.group !== rbacGroup || jsonEquals(after.roleRef, before.roleRef)) return
  const message = `Invalid value: ${JSON.stringify(after.roleRef)}: cannot change roleRef`
  throw invalid(kind, after.metadata.name, [{ path: 'roleRef', reason: 'FieldValueInvalid', message }])
}
