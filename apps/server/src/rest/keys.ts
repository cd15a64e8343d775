/** Where objects stand in the store: `/<group or "core">/<plural>/<namespace?>/<name>`. */
import type { KindDefinition, ResourceObject } from '@margay/resources'
import type { StoredObject } from '@margay/storage'

/** All objects of the kind, or those of one namespace. Ends in a slash, so that no other kind starts with it. */
export function prefixOf(kind: KindDefinition, namespace?: string): string {
  const prefix = `/${kind.group === '' ? 'core' : kind.group}/${kind.plural}/`
  return namespace === undefined || !kind.namespaced ? prefix : `${prefix}${namespace}/`
}

export function keyOf(kind: KindDefinition, namespace: string | undefined, name: string): string {
  return prefixOf(kind, namespace) + name
}

/** The way back from `keyOf`. */
export function placeOfKey(key: string): {
  readonly group: string
  /** Plural. */
  readonly resource: string
  readonly namespace: string | undefined
  readonly name: string
} {
  const [, group = '', resource = '', ...rest] = key.split('/')
  const [name = '', namespace] = rest.toReversed()
  return { group: group === 'core' ? '' : group, resource, namespace, name }
}

/** The object as clients see it: with the revision of its last write as resourceVersion; 0 for one that was only tried. */
export function toResource(stored: StoredObject): ResourceObject {
  const { value, revision } = stored
  const { apiVersion, kind, metadata, ...rest } = value
  const version = revision === 0n ? {} : { resourceVersion: String(revision) }
  return { apiVersion, kind, metadata: { ...metadata, ...version }, ...rest }
}
