/** Fields of a kind that keep their first value. */
import type { Issue, KindDefinition, ResourceObject } from '@margay/resources'
import { isObject, jsonEquals } from '../json.ts'

export function immutableFieldIssues(
  existing: ResourceObject,
  updated: ResourceObject,
  { immutableFields }: KindDefinition,
): Issue[] {
  return immutableFields
    .filter((path) => !jsonEquals(valueAt(existing, path), valueAt(updated, path)))
    .map((path) => ({
      path,
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(valueAt(updated, path) ?? null)}: field is immutable`,
    }))
}

function valueAt(object: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => (isObject(value) ? value[key] : undefined), object)
}
