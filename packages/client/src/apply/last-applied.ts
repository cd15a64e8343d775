/** What the author applied last, kept on the object itself, as `kubectl apply` does, so that both can take turns. */
import type { ResourceObject } from '@margay/resources'
import { isJsonObject, type JsonObject } from './json.ts'

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** A copy that carries what was applied. */
export function withLastApplied(object: ResourceObject): ResourceObject {
  const bare = withoutLastApplied(object)
  const annotations = { ...bare.metadata.annotations, [lastAppliedAnnotation]: `${JSON.stringify(bare)}\n` }
  return { ...bare, metadata: { ...bare.metadata, annotations } }
}

/** Empty if it was never applied, or if the annotation can't be read: then nothing is known to be ours to remove. */
export function readLastApplied(object: ResourceObject): JsonObject {
  const text = object.metadata.annotations?.[lastAppliedAnnotation]
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Annotations are there even if empty, as kubectl writes them. */
function withoutLastApplied(object: ResourceObject): ResourceObject {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {}
  return { ...object, metadata: { ...object.metadata, annotations } }
}
