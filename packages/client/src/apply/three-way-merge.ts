/**
 * The patch that takes a live object to what its author now wants, and leaves alone what others have added.
 *
 * Input   original: what the author applied last time; modified: what the author wants now; current: what is there.
 * Output  A JSON merge patch (RFC 7386): additions and changes from current to modified, and a null for each field
 *         that was in the original and is no longer in modified. Lists are replaced whole. Pure.
 * Holds   1. After the patch, every field of modified has its value.
 *         2. Fields in neither original nor modified are as they were in current.
 * Source  `kubectl apply` as it treats custom resources; Kubernetes, "Declarative Management of Kubernetes Objects".
 */
import { equalJson, fieldOf, isJsonObject, type Json, type JsonObject } from './json.ts'

export function threeWayMergePatch(
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const fields = new Set([...Object.keys(modified), ...Object.keys(original)])
  const patch = [...fields].flatMap((field): [string, Json][] => {
    const change = changeOf(fieldOf(original, field), fieldOf(modified, field), fieldOf(current, field))
    return change === undefined ? [] : [[field, change]]
  })
  return Object.fromEntries(patch)
}

/** What the patch says of one field; undefined: nothing. A null in `modified` asks for absence. */
function changeOf(
  original: Json | undefined,
  modified: Json | undefined,
  current: Json | undefined,
): Json | undefined {
  if (modified === undefined || modified === null) return current === undefined ? undefined : null
  if (!isJsonObject(modified)) return equalJson(modified, current) ? undefined : modified
  // A merge patch turns what is no object into an empty one before it goes in.
  if (!isJsonObject(current)) return withoutNulls(modified)
  const patch = threeWayMergePatch(isJsonObject(original) ? original : {}, modified, current)
  return Object.keys(patch).length === 0 ? undefined : patch
}

function withoutNulls(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([, value]) => value !== null)
  return Object.fromEntries(
    kept.map(([key, value]) => [key, isJsonObject(value) ? withoutNulls(value) : value]),
  )
}
