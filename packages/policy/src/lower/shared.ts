/**
 * One object for values that are equal, so that many that hold it hold it once. Of values that come near each other, as those of a
 * namespace do, it knows the last ones only: which object one gets says nothing.
 */
export class Shared<T> {
  readonly #most: number
  readonly #byKey = new Map<string, T>()

  /** As many are known at most. */
  constructor(most = 256) {
    this.#most = most
  }

  /** Equal keys must mean equal values, which nobody changes. Throws what `make` throws. */
  of(key: string, make: () => T): T {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const made = make()
    if (this.#byKey.size >= this.#most) this.#byKey.clear()
    this.#byKey.set(key, made)
    return made
  }
}
