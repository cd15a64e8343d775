/** Things by a key that several may share. A key without any is not kept. */
export class Groups<T> {
  readonly #byKey = new Map<string, Set<T>>()

  of(key: string): ReadonlySet<T> {
    return this.#byKey.get(key) ?? new Set()
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  add(key: string, it: T): void {
    const group = this.#byKey.get(key)
    if (group === undefined) this.#byKey.set(key, new Set([it]))
    else group.add(it)
  }

  delete(key: string, it: T): void {
    const group = this.#byKey.get(key)
    group?.delete(it)
    if (group?.size === 0) this.#byKey.delete(key)
  }
}
