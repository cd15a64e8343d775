/**
 * JSON merge patch.
 *
 * Source  RFC 7386, section 2.
 */
import { isObject, type JsonObject } from '../json.ts'

/** Changes neither input; the result shares unchanged parts with them. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: JsonObject = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = applyMergePatch(result[key], value)
  }
  return result
}
