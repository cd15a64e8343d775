/**
 * What comes first, of many whose ranks change: a binary heap in which each knows its place.
 *
 * Cost  O(log n) for one that comes, goes, or gets another rank.
 */
export interface Queued {
  /** The queue's to write. */
  place: number
}

export class PriorityQueue<Item extends Queued> {
  readonly #rankOf: (item: Item) => number
  readonly #heap: Item[] = []

  /** The lowest rank is first. */
  constructor(rankOf: (item: Item) => number) {
    this.#rankOf = rankOf
  }

  first(): Item | undefined {
    return this.#heap[0]
  }

  add(item: Item): void {
    item.place = this.#heap.length
    this.#heap.push(item)
    this.#rise(item)
  }

  /** Its rank changed. */
  moved(item: Item): void {
    this.#rise(item)
    this.#sink(item)
  }

  /** It has to be in here. */
  delete(item: Item): void {
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#put(last, item.place)
    this.moved(last)
  }

  #rise(item: Item): void {
    for (;;) {
      const parent = this.#heap[(item.place - 1) >> 1]
      if (item.place === 0 || parent === undefined || this.#rankOf(parent) <= this.#rankOf(item)) return
      this.#swap(parent, item)
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const child = this.#firstChild(item.place)
      if (child === undefined || this.#rankOf(child) >= this.#rankOf(item)) return
      this.#swap(item, child)
    }
  }

  #firstChild(place: number): Item | undefined {
    const [left, right] = [this.#heap[place * 2 + 1], this.#heap[place * 2 + 2]]
    if (left === undefined || right === undefined) return left
    return this.#rankOf(right) < this.#rankOf(left) ? right : left
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
