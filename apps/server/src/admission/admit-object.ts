/** The rules that an object must meet by itself: those of its kind, with the client's wish about unknown fields. */
import { admit, type Issue, type KindDefinition, type ResourceObject } from '@margay/resources'
import type { JsonObject } from '../json.ts'
import type { FieldValidation } from '../rest/query.ts'
import { badRequest, causeOf, invalid, maxCauses } from '../status/api-error.ts'

export interface Admitted {
  /** With defaults filled in and unknown fields gone. What did not change in it is part of the input. */
  readonly resource: ResourceObject
  /** For the client's `Warning` headers. */
  readonly warnings: readonly string[]
}

const unknownFields = { Strict: 'reject', Warn: 'warn', Ignore: 'drop' } as const

/** Throws a 422 with every issue, or a 400 when there are unknown fields and the client asked to be strict. */
export function admitObject(input: JsonObject, kind: KindDefinition, validation: FieldValidation): Admitted {
  const admission = admit(input, { unknownFields: unknownFields[validation] })
  if (!admission.ok) throw refusal(input, kind, admission.issues)
  return { resource: admission.resource, warnings: admission.warnings.map(describe) }
}

function refusal(input: JsonObject, kind: KindDefinition, issues: readonly Issue[]): Error {
  const unknown = issues.filter(({ reason }) => reason === 'UnknownField')
  if (unknown.length === 0) return invalid(kind, nameIn(input), issues)
  const subject = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`
  const others = issues.filter(({ reason }) => reason !== 'UnknownField')
  const told = [...unknown, ...others].slice(0, maxCauses)
  const all = told.map(describe).join(', ')
  return badRequest(`${subject}: strict decoding error: ${all}`, told.map(causeOf))
}

function describe({ path, reason, message }: Issue): string {
  if (reason === 'UnknownField') return `unknown field "${path}"`
  return path === '' ? message : `${path}: ${message}`
}

function nameIn({ metadata }: JsonObject): string {
  const name = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'name') : undefined
  return typeof name === 'string' ? name : ''
}
