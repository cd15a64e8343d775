/** Whether something is still there. */
export type IsThere<T> = (it: T) => boolean

/** Things in no order. What is gone is passed over until half of the list is: nothing is looked for when it goes. */
export class LooseList<T> {
  #items: T[]
  #gone = 0

  /** Many lists are of one thing only: they have no room for more. */
  constructor(first: T) {
    this.#items = [first]
  }

  /** How many are there, and of those that are not, how many were not noted yet: of none nothing is lost if the list is dropped. */
  get size(): number {
    return this.#items.length - this.#gone
  }

  /** One that is not in the list. */
  add(it: T): void {
    this.#items.push(it)
  }

  /** One that was added is not there any more. Others may have gone that are not noted yet. Cost: O(1), over many. */
  noteGone(isThere: IsThere<T>): void {
    this.#gone += 1
    if (2 * this.#gone <= this.#items.length) return
    const left = this.#items.filter(isThere)
    this.#gone -= this.#items.length - left.length
    this.#items = left
  }

  /** Each that is there, once; all that went are noted. */
  each(isThere: IsThere<T>, take: (it: T) => void): void {
    const isAll = this.#gone === 0
    for (const it of this.#items) if (isAll || isThere(it)) take(it)
  }
}
