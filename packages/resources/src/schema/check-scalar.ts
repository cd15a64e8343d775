/** Types and limits of single values. A message says what is allowed; the caller knows the path. */
import { describe, either } from './describe.ts'
import { type Issue, invalid, notSupported, tooLong, wrongType } from './issue.ts'
import type { JsonSchema } from './json-schema.ts'

const patterns = new Map<string, RegExp>()

/** RFC 3339, section 5.6, as Go's time package reads it. */
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

const article = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

/** Undefined if the value keeps to its schema. */
export function scalarIssue(schema: JsonSchema, value: unknown, path: string): Issue | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return intOrStringIssue(value, path)
  if (!hasType(schema, value))
    return wrongType(path, `must be ${typeName(schema)}, but is ${describe(value)}`)
  if (schema.enum !== undefined) return enumIssue(schema.enum, value, path)
  if (typeof value === 'string') return stringIssue(schema, value, path)
  if (typeof value === 'number') return numberIssue(schema, value, path)
  return undefined
}

function hasType(schema: JsonSchema, value: unknown): boolean {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return Number.isSafeInteger(value)
    default:
      return typeof value === 'number' && Number.isFinite(value)
  }
}

function typeName(schema: JsonSchema): string {
  return schema.type === 'object' || schema.type === 'array' ? schema.type : article[schema.type ?? 'string']
}

function intOrStringIssue(value: unknown, path: string): Issue | undefined {
  if (typeof value === 'string' || Number.isSafeInteger(value)) return undefined
  return wrongType(path, `must be a whole number or a string, but is ${describe(value)}`)
}

function enumIssue(allowed: readonly (string | number)[], value: unknown, path: string): Issue | undefined {
  if (allowed.some((item) => item === value)) return undefined
  return notSupported(path, `must be ${either(allowed)}, but is ${describe(value)}`)
}

function stringIssue(schema: JsonSchema, value: string, path: string): Issue | undefined {
  return (
    lengthIssue(schema, value, path) ?? formatIssue(schema, value, path) ?? patternIssue(schema, value, path)
  )
}

function lengthIssue(schema: JsonSchema, value: string, path: string): Issue | undefined {
  const length = [...value].length
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  if (length > maxLength) return tooLong(path, `may have at most ${maxLength} characters, but has ${length}`)
  if (length >= minLength) return undefined
  return invalid(path, minLength === 1 ? 'must not be empty' : `must have at least ${minLength} characters`)
}

function formatIssue(schema: JsonSchema, value: string, path: string): Issue | undefined {
  if (schema.format !== 'date-time') return undefined
  if (dateTime.test(value) && !Number.isNaN(Date.parse(value))) return undefined
  return invalid(path, `must be a time such as 2026-01-31T12:00:00Z, but is ${describe(value)}`)
}

function patternIssue(schema: JsonSchema, value: string, path: string): Issue | undefined {
  if (schema.pattern === undefined || compiled(schema.pattern).test(value)) return undefined
  return invalid(path, `must match the pattern ${schema.pattern}, but is ${describe(value)}`)
}

function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u')
  patterns.set(pattern, known)
  return known
}

function numberIssue(schema: JsonSchema, value: number, path: string): Issue | undefined {
  const [least, most] = bounds(schema)
  if (value >= least && value <= most) return undefined
  return invalid(path, `must be ${rangeText(least, most)}, but is ${value}`)
}

function bounds(schema: JsonSchema): [number, number] {
  const isInt32 = schema.format === 'int32'
  return [
    schema.minimum ?? (isInt32 ? -(2 ** 31) : Number.NEGATIVE_INFINITY),
    schema.maximum ?? (isInt32 ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY),
  ]
}

function rangeText(least: number, most: number): string {
  if (most === Number.POSITIVE_INFINITY) return `at least ${least}`
  if (least === Number.NEGATIVE_INFINITY) return `at most ${most}`
  return `from ${least} to ${most}`
}
