/** An API in memory. */
import { type ApiClient, ApiError, type WatchEvent } from '@margay/client'
import type { KindDefinition, ResourceObject } from '@margay/resources'

type Api = Pick<ApiClient, 'list' | 'watch'>

/** Serves what it holds; `put` and `delete` are told to whoever watches. */
export class FakeApi implements Api {
  /** Kinds that nobody may read. */
  refused: readonly string[] = []
  /** Kinds that the server does not have, and kinds that it can't list now. */
  absent: readonly string[] = []
  overloaded: readonly string[] = []
  readonly #objects = new Map<string, ResourceObject>()
  readonly #watchers = new Set<{ kind: string; tell: (event: WatchEvent) => void }>()
  #revision = 0

  put(object: ResourceObject): void {
    const key = keyOf(object)
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED'
    this.#revision++
    const stored = {
      ...object,
      metadata: { ...object.metadata, uid: key, resourceVersion: String(this.#revision) },
    }
    this.#objects.set(key, stored)
    this.#tell({ type, object: stored })
  }

  async list(kind: KindDefinition) {
    if (this.refused.includes(kind.kind)) throw new ApiError(403, 'Forbidden', 'forbidden')
    if (this.absent.includes(kind.kind)) throw new ApiError(404, 'NotFound', 'not found')
    if (this.overloaded.includes(kind.kind)) throw new ApiError(503, 'ServiceUnavailable', 'unavailable')
    const items = [...this.#objects.values()].filter(
      (it) => it.kind === kind.kind && it.apiVersion === kind.apiVersion,
    )
    return { items, resourceVersion: String(this.#revision) }
  }

  async *watch(
    kind: KindDefinition,
    options: { signal?: AbortSignal | undefined },
  ): AsyncGenerator<WatchEvent> {
    const queue: WatchEvent[] = []
    let wake = () => {}
    const watcher = {
      kind: `${kind.apiVersion}/${kind.kind}`,
      tell: (event: WatchEvent) => {
        queue.push(event)
        wake()
      },
    }
    this.#watchers.add(watcher)
    options.signal?.addEventListener('abort', () => wake())
    while (options.signal?.aborted !== true) {
      const event = queue.shift()
      if (event !== undefined) yield event
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  /** Told to whoever watches, as the last that the object was. */
  delete(object: ResourceObject): void {
    const key = keyOf(object)
    const known = this.#objects.get(key)
    if (known === undefined) return
    this.#objects.delete(key)
    this.#revision++
    const metadata = { ...known.metadata, resourceVersion: String(this.#revision) }
    this.#tell({ type: 'DELETED', object: { ...known, metadata } })
  }

  #tell(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') return
    for (const { kind, tell } of this.#watchers) {
      if (kind === `${event.object.apiVersion}/${event.object.kind}`) tell(event)
    }
  }
}

function keyOf({ apiVersion, kind, metadata }: ResourceObject): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
