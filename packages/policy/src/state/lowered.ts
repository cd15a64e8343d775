import { type Delta, unchanged } from './delta.ts'

/** What resources were lowered to, while these come, go, and are lowered again; in no order. */
export class Lowered<Source, Result extends object> implements Iterable<Result> {
  readonly #results = new Map<Source, Result | undefined>()
  readonly #lower: (source: Source) => Result | undefined

  /** `lower` gives undefined for a resource that is as if it did not exist. */
  constructor(lower: (source: Source) => Result | undefined) {
    this.#lower = lower
  }

  get sources(): Iterable<Source> {
    return this.#results.keys()
  }

  has(it: unknown): it is Source {
    return this.#results.has(it as Source)
  }

  of(source: Source): Result | undefined {
    return this.#results.get(source)
  }

  *[Symbol.iterator](): Iterator<Result> {
    for (const result of this.#results.values()) if (result !== undefined) yield result
  }

  /** `again` are lowered anew, since something else changed that they are made of; those that are not there are passed over. */
  update({ gone, come }: Delta<Source>, again: Iterable<unknown>): Delta<Result> {
    const before = gone.map((source) => this.#results.get(source))
    for (const source of gone) this.#results.delete(source)
    const stale = this.#known(again)
    if (gone.length + come.length + stale.length === 0) return unchanged
    for (const source of stale) before.push(this.#results.get(source))
    const after = stale.concat(come).map((source) => this.#lowerAnew(source))
    return { gone: before.filter(isThere), come: after.filter(isThere) }
  }

  /** Each once, without those that are gone. */
  #known(again: Iterable<unknown>): Source[] {
    const found: Source[] = []
    for (const it of again) if (this.has(it)) found.push(it)
    return found.length < 2 ? found : [...new Set(found)]
  }

  #lowerAnew(source: Source): Result | undefined {
    const result = this.#lower(source)
    this.#results.set(source, result)
    return result
  }
}

function isThere<T>(it: T | undefined): it is T {
  return it !== undefined
}
