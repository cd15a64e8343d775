/** Tells objects apart in texts, as long as they live. */
export class ObjectNumbers {
  readonly #numbers = new WeakMap<object, number>()
  #last = 0

  /** Another for each object, and the same again. */
  of(object: object): number {
    const known = this.#numbers.get(object)
    if (known !== undefined) return known
    this.#last++
    this.#numbers.set(object, this.#last)
    return this.#last
  }
}
