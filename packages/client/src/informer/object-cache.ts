/** The objects that are known, and what a newer view changes in them. Pure; existence comes from the objects alone. */
import type { ResourceObject } from '@margay/resources'
import type { WatchEvent } from '../watch/watch-event.ts'

export type ObjectChange =
  | { readonly type: 'added'; readonly key: string; readonly object: ResourceObject }
  | {
      readonly type: 'modified'
      readonly key: string
      readonly object: ResourceObject
      readonly previous: ResourceObject
    }
  /** `object` as it was last seen. */
  | { readonly type: 'deleted'; readonly key: string; readonly object: ResourceObject }

/**
 * `namespace/name`, or `name` for objects that belong to none. It is kept as long as the object: joined, it is one text in memory,
 * where a template stays the parts that it was made of.
 */
export function objectKey({ metadata: { name, namespace = '' } }: ResourceObject): string {
  return namespace === '' ? name : [namespace, name].join('/')
}

export class ObjectCache {
  #items = new Map<string, ResourceObject>()

  get items(): ReadonlyMap<string, ResourceObject> {
    return this.#items
  }

  /** Takes over a whole list at once, and tells what that changed: deletions first. */
  replace(objects: readonly ResourceObject[]): ObjectChange[] {
    const before = this.#items
    const after = new Map(objects.map((object) => [objectKey(object), object]))
    this.#items = after
    const deleted = [...before]
      .filter(([key]) => !after.has(key))
      .map(([key, object]): ObjectChange => ({ type: 'deleted', key, object }))
    const others = [...after].flatMap(([key, object]) => changesBetween(key, before.get(key), object))
    return [...deleted, ...others]
  }

  /** Takes over one event. Empty if it says nothing new. */
  take({ type, object }: Exclude<WatchEvent, { type: 'BOOKMARK' }>): ObjectChange[] {
    const key = objectKey(object)
    const previous = this.#items.get(key)
    if (type === 'DELETED') {
      return this.#items.delete(key) ? [{ type: 'deleted', key, object }] : []
    }
    this.#items.set(key, object)
    return changesBetween(key, previous, object)
  }
}

/** An object that was deleted and made again between two looks is another one, which its uid tells. */
function changesBetween(
  key: string,
  previous: ResourceObject | undefined,
  object: ResourceObject,
): ObjectChange[] {
  if (previous === undefined) return [{ type: 'added', key, object }]
  if (previous.metadata.uid !== object.metadata.uid) {
    return [
      { type: 'deleted', key, object: previous },
      { type: 'added', key, object },
    ]
  }
  if (previous.metadata.resourceVersion === object.metadata.resourceVersion) return []
  return [{ type: 'modified', key, object, previous }]
}
