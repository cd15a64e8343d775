/** Writes the list merge rules into a schema, where kubectl reads them before it makes a strategic merge patch. */
import { isObject, type JsonObject } from '../json.ts'
import type { ListMerge, MergeTable } from '../patch/merge-keys.ts'

/** A copy of the schema; rules for fields that it does not have are left out. */
export function annotateMerges(schema: JsonObject, table: MergeTable): JsonObject {
  const copy = structuredClone(schema)
  for (const [path, merge] of Object.entries(table)) {
    const field = fieldAt(copy, path.split('.'))
    if (field !== undefined) Object.assign(field, extensionsOf(merge))
  }
  return copy
}

function extensionsOf({ mergeKey, retainKeys }: ListMerge): JsonObject {
  return {
    'x-kubernetes-patch-strategy': retainKeys === true ? 'merge,retainKeys' : 'merge',
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
  }
}

function fieldAt(schema: unknown, path: readonly string[]): JsonObject | undefined {
  const [field, ...rest] = path
  if (field === undefined) return isObject(schema) ? schema : undefined
  const container = isObject(schema) && isObject(schema.items) ? schema.items : schema
  const properties = isObject(container) ? container.properties : undefined
  return isObject(properties) ? fieldAt(properties[field], rest) : undefined
}
