/** An API in this process: what it holds is listed, and what changes is told to watchers at once. */
import type { ApiClient, ResourceList, WatchEvent, WatchOptions } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'

interface Watcher {
  readonly kind: string
  readonly tell: (event: WatchEvent) => void
}

export class MemoryApi implements Pick<ApiClient, 'list' | 'watch'> {
  readonly #objects = new Map<string, ResourceObject>()
  readonly #watchers = new Set<Watcher>()
  #revision = 0

  constructor(objects: Iterable<ResourceObject>) {
    for (const object of objects) this.put(object)
  }

  put(object: ResourceObject): void {
    const key = keyOf(object)
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED'
    const stored = this.#stamped(object, key)
    this.#objects.set(key, stored)
    this.#tell({ type, object: stored })
  }

  delete(object: ResourceObject): void {
    const key = keyOf(object)
    if (this.#objects.delete(key)) this.#tell({ type: 'DELETED', object: this.#stamped(object, key) })
  }

  async list(kind: KindDefinition): Promise<ResourceList> {
    const items = [...this.#objects.values()].filter((it) => kindOf(it) === kindOf(kind))
    return { items, resourceVersion: String(this.#revision) }
  }

  async *watch(kind: KindDefinition, { signal }: Pick<WatchOptions, 'signal'>): AsyncGenerator<WatchEvent> {
    const queue: WatchEvent[] = []
    let wake = () => {}
    const watcher: Watcher = {
      kind: kindOf(kind),
      tell: (event) => {
        queue.push(event)
        wake()
      },
    }
    this.#watchers.add(watcher)
    signal?.addEventListener('abort', () => wake())
    while (signal?.aborted !== true) {
      const event = queue.shift()
      if (event !== undefined) yield event
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    this.#watchers.delete(watcher)
  }

  #stamped(object: ResourceObject, uid: string): ResourceObject {
    const resourceVersion = String(++this.#revision)
    return { ...object, metadata: { ...object.metadata, uid, resourceVersion } }
  }

  #tell(event: Exclude<WatchEvent, { readonly type: 'BOOKMARK' }>): void {
    for (const { kind, tell } of this.#watchers) if (kind === kindOf(event.object)) tell(event)
  }
}

function keyOf({ metadata, ...object }: ResourceObject): string {
  return `${kindOf(object)}/${metadata.namespace ?? ''}/${metadata.name}`
}

function kindOf({ apiVersion, kind }: Pick<KindDefinition, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`
}
