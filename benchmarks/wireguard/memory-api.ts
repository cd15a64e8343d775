/** Nodes in memory: what an agent tells of its keys, all others are told at once. */
import type { ResourceObject } from '@margay/resources'

export class NodesInMemory {
  readonly nodes = new Map<string, ResourceObject>()
  readonly #listeners = new Set<() => void>()

  put(node: ResourceObject): void {
    this.nodes.set(node.metadata.name, node)
    this.#tell()
  }

  remove(name: string): void {
    this.nodes.delete(name)
    this.#tell()
  }

  /** Of an ApiClient, what the publisher of keys uses. */
  readonly client = {
    patch: async (
      _kind: unknown,
      { name }: { readonly name: string },
      patch: unknown,
    ): Promise<ResourceObject> => {
      const before = this.nodes.get(name)
      if (before === undefined) throw new Error(`there is no node ${name}`)
      const { metadata } = patch as { readonly metadata: { readonly annotations: Record<string, string> } }
      const annotations = { ...before.metadata.annotations, ...metadata.annotations }
      const after = { ...before, metadata: { ...before.metadata, annotations } }
      this.put(after)
      return after
    },
  }

  /** Returns how to listen no more. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
