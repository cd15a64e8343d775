/** Lists of a few values, by key. Most are of one, which takes no list; the others are made anew, since a list that may grow has much room. */
export class ListMap<Key, Value> {
  readonly #one = new Map<Key, Value>()
  readonly #several = new Map<Key, readonly Value[]>()

  /** Each once. */
  of(key: Key): readonly Value[] {
    const one = this.#one.get(key)
    return one === undefined ? (this.#several.get(key) ?? []) : [one]
  }

  /** Nothing happens where it is there. Cost: O(values of the key). */
  add(key: Key, value: Value & {}): void {
    const there = this.of(key)
    if (!there.includes(value)) this.#set(key, there.concat(value))
  }

  /** Nothing happens where it is not there. Cost: O(values of the key). */
  remove(key: Key, value: Value & {}): void {
    const there = this.of(key)
    if (there.includes(value)) this.#set(key, there.filter((it) => it !== value).slice())
  }

  /** All of a key. */
  delete(key: Key): void {
    this.#set(key, [])
  }

  #set(key: Key, all: readonly Value[]): void {
    const [first] = all
    if (first === undefined || all.length > 1) this.#one.delete(key)
    else this.#one.set(key, first)
    if (all.length < 2) this.#several.delete(key)
    else this.#several.set(key, all)
  }
}
