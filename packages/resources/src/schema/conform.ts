/**
 * Holds a value against a structural schema: types, limits, unknown fields and defaults in one walk, which
 * makes a private copy and never touches the input.
 *
 * Output  A copy that has the shape of the schema even where the input had not (see `zeroValue`), and all issues.
 * Null    A field that is null counts as absent, as for Kubernetes' own kinds; null in a map of strings is "".
 * Limits  Deeper than 64 levels, more than 2 million values, or a key `__proto__`: an issue, and no further look.
 *         After a thousand issues the walk ends; of unknown fields, a thousand are told.
 */

import { listIssues } from './check-list.ts'
import { scalarIssue } from './check-scalar.ts'
import { count, describe, either, quote } from './describe.ts'
import {
  fieldPath,
  forbidden,
  type Issue,
  invalid,
  required,
  tooMany,
  unknownField,
  wrongType,
} from './issue.ts'
import type { JsonSchema } from './json-schema.ts'
import { zeroValue } from './zero-value.ts'

export const maxDepth = 64
const maxValues = 2_000_000
/** Nobody reads more, and a body of megabytes may have a million: each of them takes longer than the value it is about. */
export const maxIssues = 1000

export interface Conformance {
  readonly value: unknown
  readonly issues: readonly Issue[]
  /** Fields that the schema does not know; they are not in `value`. */
  readonly unknownFields: readonly Issue[]
  /** False if the input was too deep or too large to look at as a whole. */
  readonly isComplete: boolean
}

export function conform(schema: JsonSchema, input: unknown): Conformance {
  const walk: Walk = { issues: [], unknownFields: [], valuesLeft: maxValues }
  const value = visit(schema, input, '', 0, walk)
  return { value, issues: walk.issues, unknownFields: walk.unknownFields, isComplete: walk.valuesLeft >= 0 }
}

interface Walk {
  readonly issues: Issue[]
  readonly unknownFields: Issue[]
  valuesLeft: number
}

/** A schema that says nothing, for what an open object keeps. */
const anything: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true }
const isOpen = (schema: JsonSchema) => schema['x-kubernetes-preserve-unknown-fields'] === true

function visit(schema: JsonSchema, value: unknown, path: string, depth: number, walk: Walk): unknown {
  walk.valuesLeft -= 1
  if (walk.valuesLeft < 0) return zeroValue(schema)
  if (walk.valuesLeft === 0) return stop(schema, tooMany('', `holds more than ${maxValues} values`), walk)
  if (depth > maxDepth) return stop(schema, forbidden(path, `is nested deeper than ${maxDepth} levels`), walk)
  if (schema === anything) return visitAnything(value, path, depth, walk)
  if (schema.type === 'object') return visitObject(schema, value, path, depth, walk)
  if (schema.type === 'array') return visitArray(schema, value, path, depth, walk)
  const issue = scalarIssue(schema, value, path)
  return issue === undefined ? value : refuse(schema, issue, walk)
}

function refuse(schema: JsonSchema, issue: Issue, walk: Walk): unknown {
  walk.issues.push(issue)
  if (walk.issues.length >= maxIssues) walk.valuesLeft = -1
  return zeroValue(schema)
}

/** Not `push(...issues)`: a list can have more issues than a call can have arguments. */
function report(walk: Walk, issues: Iterable<Issue>): void {
  for (const issue of issues) {
    if (walk.issues.length >= maxIssues) break
    walk.issues.push(issue)
  }
}

/** Ends the walk: what is left of the input counts as absent. */
function stop(schema: JsonSchema, issue: Issue, walk: Walk): unknown {
  walk.valuesLeft = -1
  return refuse(schema, issue, walk)
}

function visitAnything(value: unknown, path: string, depth: number, walk: Walk): unknown {
  if (Array.isArray(value)) return visitItems(anything, value, path, depth, walk)
  if (isObject(value)) return visitFields(anything, value, path, depth, walk)
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return value
  return refuse(anything, wrongType(path, `must be a JSON value, but is ${describe(value)}`), walk)
}

function visitObject(schema: JsonSchema, value: unknown, path: string, depth: number, walk: Walk): unknown {
  if (!isObject(value))
    return refuse(schema, wrongType(path, `must be an object, but is ${describe(value)}`), walk)
  const fields = visitFields(schema, value, path, depth, walk)
  report(walk, fieldCountIssues(schema, fields, path))
  return fields
}

function visitFields(
  schema: JsonSchema,
  value: Record<string, unknown>,
  path: string,
  depth: number,
  walk: Walk,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (key === '__proto__') walk.issues.push(forbidden(fieldPath(path, key), 'this name is not allowed'))
    else visitField(schema, { key, value: value[key], path }, depth, walk, fields)
  }
  fillMissing(schema, fields, path, depth, walk)
  return fields
}

interface Field {
  readonly key: string
  readonly value: unknown
  /** Of the object that it is a field of. */
  readonly path: string
}

function visitField(
  schema: JsonSchema,
  field: Field,
  depth: number,
  walk: Walk,
  into: Record<string, unknown>,
): void {
  const { key, value, path } = field
  if (value === undefined) return
  const fieldSchema = schemaOfField(schema, key)
  if (fieldSchema === undefined) reportUnknown(schema, key, fieldPath(path, key), walk)
  else if (value !== null || fieldSchema === anything)
    into[key] = visit(fieldSchema, value, fieldPath(path, key), depth + 1, walk)
  else if (schema.additionalProperties?.type === 'string') into[key] = ''
}

/** The walk goes on, however many there are: the client may have asked to drop them. */
function reportUnknown(schema: JsonSchema, key: string, at: string, walk: Walk): void {
  if (walk.unknownFields.length >= maxIssues) return
  walk.unknownFields.push(unknownField(at, unknownFieldText(schema, key)))
}

function schemaOfField(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { properties = {} } = schema
  if (Object.hasOwn(properties, key)) return properties[key]
  return schema.additionalProperties ?? (isOpen(schema) ? anything : undefined)
}

function unknownFieldText(schema: JsonSchema, key: string): string {
  const known = Object.keys(schema.properties ?? {})
  return `unknown field ${quote(key)}; ${known.length === 0 ? 'no field is' : `${either(known)} is`} allowed here`
}

/** Defaults first, so that a required field with a default is never missing. */
function fillMissing(
  schema: JsonSchema,
  fields: Record<string, unknown>,
  path: string,
  depth: number,
  walk: Walk,
): void {
  for (const [key, fieldSchema] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(fields, key)) continue
    if (fieldSchema.default !== undefined) {
      fields[key] = visit(fieldSchema, fieldSchema.default, fieldPath(path, key), depth + 1, walk)
    } else if (schema.required?.includes(key) === true) {
      fields[key] = refuse(fieldSchema, required(fieldPath(path, key), requiredText(fieldSchema)), walk)
    }
  }
}

function requiredText(schema: JsonSchema): string {
  return schema.enum === undefined ? 'is required' : `is required: ${either(schema.enum)}`
}

function* fieldCountIssues(
  schema: JsonSchema,
  fields: Record<string, unknown>,
  path: string,
): Iterable<Issue> {
  const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema
  const found = Object.keys(fields).length
  if (found >= minProperties && found <= maxProperties) return
  const wanted = minProperties === maxProperties ? 'exactly' : found < minProperties ? 'at least' : 'at most'
  const limit = found < minProperties ? minProperties : maxProperties
  yield invalid(
    path,
    `must have ${wanted} ${count(limit, 'field')} of ${Object.keys(schema.properties ?? {}).join(', ')}`,
  )
}

function visitArray(schema: JsonSchema, value: unknown, path: string, depth: number, walk: Walk): unknown {
  if (!Array.isArray(value))
    return refuse(schema, wrongType(path, `must be a list, but is ${describe(value)}`), walk)
  report(walk, listIssues(schema, value, path))
  return visitItems(schema.items ?? anything, value, path, depth, walk)
}

function visitItems(
  items: JsonSchema,
  value: readonly unknown[],
  path: string,
  depth: number,
  walk: Walk,
): unknown[] {
  // Not `Array.from`, which makes room for more, and this may be kept for long. `map` alone would step over holes.
  return [...value].map((item, index) => visit(items, item, `${path}[${index}]`, depth + 1, walk))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
