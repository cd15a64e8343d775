/** Ascending lists of whole numbers, read as one. What several of them have is in it once. */
export class AscendingLists {
  readonly #lists: readonly (readonly number[])[]
  /** Where in each list: what is before it is not asked about any more. */
  readonly #at: number[]

  constructor(lists: readonly (readonly number[])[]) {
    this.#lists = lists
    this.#at = lists.map(() => 0)
  }

  /** The least number of all that is not below `from`; Infinity if there is none. `from` must never be less than before. */
  next(from: number): number {
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#lists.length; i++) {
      const list = this.#lists[i] ?? []
      const at = indexFrom(list, this.#at[i] ?? 0, from)
      this.#at[i] = at
      least = Math.min(least, list[at] ?? least)
    }
    return least
  }
}

/** The first index, not before `start`, of a number that is not below `from`: mostly the next one or the one after it. */
function indexFrom(list: readonly number[], start: number, from: number): number {
  const isBelow = (index: number) => (list[index] ?? Number.POSITIVE_INFINITY) < from
  if (!isBelow(start)) return start
  if (!isBelow(start + 1)) return start + 1
  let [low, high] = [start + 2, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBelow(middle)) low = middle + 1
    else high = middle
  }
  return low
}
