import type { JsonSchema } from './json-schema.ts'

/**
 * A value of the right shape, to stand in for one that was refused, so that the rules that look at the whole
 * object need not guard against missing fields. It never leaves an admission that failed.
 */
export function zeroValue(schema: JsonSchema): unknown {
  if (schema.enum !== undefined) return schema.enum[0]
  switch (schema.type) {
    case 'object':
      return zeroObject(schema)
    case 'array':
      return []
    case 'boolean':
      return false
    case 'integer':
    case 'number':
      return 0
    default:
      return ''
  }
}

function zeroObject(schema: JsonSchema): Record<string, unknown> {
  const zero: Record<string, unknown> = {}
  for (const field of schema.required ?? []) {
    const fieldSchema = schema.properties?.[field]
    if (fieldSchema !== undefined) zero[field] = zeroValue(fieldSchema)
  }
  return zero
}
