/**
 * Room that clients share: where it ends, who has most of it gives up what of it was told longest ago. So a client that asks for much
 * pushes out its own, and never what another one needs.
 *
 * Cost  O(1) for each call, however many clients there are.
 */
export class FairShares<Item extends { readonly client: string }> {
  readonly #byClient = new Map<string, Set<Item>>()
  /** Clients by how much they have. */
  readonly #bySize = new Map<number, Set<string>>()
  #largest = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** As the one that was told last. */
  add(item: Item): void {
    const share = this.#byClient.get(item.client) ?? new Set()
    this.#byClient.set(item.client, share)
    this.#resize(item.client, share.size, share.size + 1)
    share.add(item)
    this.#size++
  }

  /** Its client has to be the one with whom it was added. */
  delete(item: Item): void {
    const share = this.#byClient.get(item.client)
    if (share?.delete(item) !== true) return
    this.#resize(item.client, share.size + 1, share.size)
    if (share.size === 0) this.#byClient.delete(item.client)
    this.#size--
  }

  /** Undefined where there is nothing. */
  next(): Item | undefined {
    const [client = ''] = this.#bySize.get(this.#largest) ?? []
    const [oldest] = this.#byClient.get(client) ?? []
    return oldest
  }

  #resize(client: string, from: number, to: number): void {
    const before = this.#bySize.get(from)
    before?.delete(client)
    if (before?.size === 0) this.#bySize.delete(from)
    if (to > 0) this.#bySize.set(to, (this.#bySize.get(to) ?? new Set()).add(client))
    if (to > this.#largest || (from === this.#largest && !this.#bySize.has(from))) this.#largest = to
  }
}
