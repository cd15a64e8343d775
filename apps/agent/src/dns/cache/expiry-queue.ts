/**
 * What ends first, of many whose ends move: a binary heap in which each knows its place.
 *
 * Cost  O(log n) for one that comes, goes, or ends at another time.
 */
export interface Expiring {
  untilMs: number
  /** Its place: the queue's to write; below 0 while it is in none. */
  place: number
}

export class ExpiryQueue<Item extends Expiring> {
  readonly #heap: Item[] = []

  first(): Item | undefined {
    return this.#heap[0]
  }

  add(item: Item): void {
    item.place = this.#heap.length
    this.#heap.push(item)
    this.#rise(item)
  }

  /** Its end was moved. */
  moved(item: Item): void {
    this.#rise(item)
    this.#sink(item)
  }

  delete(item: Item): void {
    const last = this.#heap.pop()
    if (last !== undefined && last !== item) {
      this.#put(last, item.place)
      this.moved(last)
    }
    item.place = -1
  }

  #rise(item: Item): void {
    for (;;) {
      const parent = this.#heap[(item.place - 1) >> 1]
      if (item.place === 0 || parent === undefined || parent.untilMs <= item.untilMs) return
      this.#swap(parent, item)
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const child = this.#earlierChild(item.place)
      if (child === undefined || child.untilMs >= item.untilMs) return
      this.#swap(item, child)
    }
  }

  #earlierChild(place: number): Item | undefined {
    const [left, right] = [this.#heap[place * 2 + 1], this.#heap[place * 2 + 2]]
    return left !== undefined && right !== undefined && right.untilMs < left.untilMs ? right : left
  }

  #swap(above: Item, below: Item): void {
    const place = above.place
    this.#put(above, below.place)
    this.#put(below, place)
  }

  #put(item: Item, place: number): void {
    item.place = place
    this.#heap[place] = item
  }
}
