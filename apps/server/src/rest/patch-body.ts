/** The body of a PATCH as a function from the present object to the wanted one. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import { mediaTypeOf, parseJson } from '../http/parse-body.ts'
import { isObject } from '../json.ts'
import { applyJsonPatch } from '../patch/json-patch.ts'
import { mergeTableOf, supportsStrategicMerge } from '../patch/merge-keys.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts'
import { badRequest, unsupportedMediaType } from '../status/api-error.ts'

export const jsonPatchType = 'application/json-patch+json'
export const mergePatchType = 'application/merge-patch+json'
export const strategicMergePatchType = 'application/strategic-merge-patch+json'

export const applyPatchType = 'application/apply-patch+yaml'

/** The media types that a PATCH of this kind may have. */
export function patchTypesOf(kind: KindDefinition): string[] {
  const strategic = supportsStrategicMerge(kind) ? [strategicMergePatchType] : []
  return [jsonPatchType, mergePatchType, ...strategic, applyPatchType]
}

export function isStrategic(contentType: string | undefined): boolean {
  return mediaTypeOf(contentType) === strategicMergePatchType
}

/** Server-side apply: the body is a configuration, not a patch of what is there. */
export function isApply(contentType: string | undefined): boolean {
  return mediaTypeOf(contentType) === applyPatchType
}

export function parsePatch(
  body: Uint8Array,
  contentType: string | undefined,
  kind: KindDefinition,
): (current: ResourceObject) => unknown {
  const type = mediaTypeOf(contentType)
  const accepted = patchTypesOf(kind)
  if (type === undefined || !accepted.includes(type) || type === applyPatchType)
    throw unsupportedMediaType(accepted)
  const patch = parseJson(body)
  if (type === jsonPatchType) return (current) => applyJsonPatch(current, patch)
  if (!isObject(patch)) throw badRequest('the body of a merge patch must be an object')
  if (type === mergePatchType) return (current) => applyMergePatch(current, patch)
  return (current) => applyStrategicMergePatch(current, patch, mergeTableOf(kind))
}
