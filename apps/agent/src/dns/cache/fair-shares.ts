/**
 * Room that clients share: where it ends, who has most of it gives up what of it was told longest ago. So a client that asks for much
 * pushes out its own, and never what another one needs.
 *
 * Cost  O(log of clients) for each call; O(1) for what its client is told again.
 */
import { PriorityQueue, type Queued } from './priority-queue.ts'

interface Share<Item> extends Queued {
  readonly client: string
  /** As they were told, the latest last. */
  readonly items: Set<Item>
}

export class FairShares<Item extends { readonly client: string }> {
  readonly #byClient = new Map<string, Share<Item>>()
  readonly #largest = new PriorityQueue<Share<Item>>(({ items }) => -items.size)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** As the one that was told last. */
  add(item: Item): void {
    const share = this.#shareOf(item.client)
    share.items.add(item)
    this.#largest.moved(share)
    this.#size++
  }

  /** Its client has to be the one with whom it was added. */
  delete(item: Item): void {
    const share = this.#byClient.get(item.client)
    if (share?.items.delete(item) !== true) return
    this.#largest.moved(share)
    this.#size--
    if (share.items.size > 0) return
    this.#largest.delete(share)
    this.#byClient.delete(item.client)
  }

  /** Its client was told of it again. */
  refresh(item: Item): void {
    const items = this.#byClient.get(item.client)?.items
    if (items?.delete(item) === true) items.add(item)
  }

  /** What would have to go first; undefined where there is nothing. */
  next(): Item | undefined {
    return this.#largest.first()?.items.values().next().value
  }

  #shareOf(client: string): Share<Item> {
    const known = this.#byClient.get(client)
    if (known !== undefined) return known
    const share = { client, items: new Set<Item>(), place: -1 }
    this.#byClient.set(client, share)
    this.#largest.add(share)
    return share
  }
}
