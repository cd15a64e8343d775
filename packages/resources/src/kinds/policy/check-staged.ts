/** 60: a staged deletion names a policy and says nothing else. Numbers of rules: spec/api.md 2.1. */
import { forbidden, type Issue } from '../../schema/issue.ts'

export function* checkStagedDeletion(spec: object, allowed: readonly string[]): Iterable<Issue> {
  for (const [field, value] of Object.entries(spec)) {
    if (field === 'stagedAction' || allowed.includes(field) || isEmpty(value)) continue
    yield forbidden(`spec.${field}`, `is not allowed with stagedAction Delete`)
  }
}

/** The values that a field has when nobody set it. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === false) return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
