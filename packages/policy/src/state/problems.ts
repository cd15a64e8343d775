/** What is not understood, by what it was found in. */
export class Problems<Problem> {
  readonly #byOwner = new Map<unknown, readonly Problem[]>()
  readonly #nameOf: (problem: Problem) => string
  #list: readonly Problem[] | undefined

  /** The list is in the order of these names. */
  constructor(nameOf: (problem: Problem) => string) {
    this.#nameOf = nameOf
  }

  /** The same list until a problem comes or goes. */
  get list(): readonly Problem[] {
    this.#list ??= this.#sorted()
    return this.#list
  }

  /** Instead of those that were found before. */
  set(owner: unknown, found: readonly Problem[]): void {
    if (found.length > 0) this.#byOwner.set(owner, found)
    else if (this.#byOwner.size === 0) return
    else if (!this.#byOwner.delete(owner)) return
    this.#list = undefined
  }

  #sorted(): readonly Problem[] {
    const named = [...this.#byOwner.values()].flat().map((it) => [this.#nameOf(it), it] as const)
    return named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, it]) => it)
  }
}
