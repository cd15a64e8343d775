/** Who claims what, where each should be one's alone. Cost of a change: what changed. */

export class Claimants {
  /** By what is claimed: a name, or several of them, sorted. Nearly all have one, so that is kept without a list. */
  readonly #names = new Map<string, string | readonly string[]>()
  readonly #contested = new Set<string>()

  /** What several claim. */
  get contested(): ReadonlySet<string> {
    return this.#contested
  }

  /** Sorted. */
  of(claim: string): readonly string[] {
    const names = this.#names.get(claim) ?? []
    return typeof names === 'string' ? [names] : names
  }

  /** The first of them by name. */
  firstOf(claim: string): string | undefined {
    const names = this.#names.get(claim)
    return typeof names === 'string' ? names : names?.[0]
  }

  /** One name claims something else than before; neither list has anything twice. Adds everybody who is concerned. */
  change(name: string, before: readonly string[], after: readonly string[], concerned: Set<string>): void {
    const [old, young] = [new Set(before), new Set(after)]
    for (const claim of old)
      if (!young.has(claim))
        this.#set(
          claim,
          this.of(claim).filter((it) => it !== name),
          concerned,
        )
    for (const claim of young)
      if (!old.has(claim)) this.#set(claim, [...this.of(claim), name].sort(), concerned)
    concerned.add(name)
  }

  #set(claim: string, names: readonly string[], concerned: Set<string>): void {
    const [first] = names
    if (first === undefined) this.#names.delete(claim)
    else this.#names.set(claim, names.length === 1 ? first : names)
    if (names.length > 1) this.#contested.add(claim)
    else this.#contested.delete(claim)
    for (const name of names) concerned.add(name)
  }
}
