/** Labels of an endpoint or a network set, without those that nobody reads. */

/** As much of a map as criteria ask for. */
export interface Labels extends Iterable<readonly [name: string, value: string]> {
  get(name: string): string | undefined
}

/** Some of a map's labels, always the same: a view, since a map takes many times as much and there is one for each endpoint. */
export class ReadLabels implements Labels {
  readonly #all: ReadonlyMap<string, string>
  readonly #unread: readonly string[]

  /** All but those with these few names. */
  constructor(all: ReadonlyMap<string, string>, unread: readonly string[]) {
    this.#all = all
    this.#unread = unread
  }

  get(name: string): string | undefined {
    return this.#unread.includes(name) ? undefined : this.#all.get(name)
  }

  [Symbol.iterator](): IteratorObject<readonly [name: string, value: string]> {
    return this.#all.entries().filter(([name]) => !this.#unread.includes(name))
  }
}
