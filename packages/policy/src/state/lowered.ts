import { type Delta, unchanged } from './delta.ts'
import { thoseThere } from './those-there.ts'

const none: readonly never[] = []

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
    const before = this.#resultsOf(gone)
    for (const source of gone) this.#results.delete(source)
    const stale = this.#known(again)
    if (gone.length + come.length + stale.length === 0) return unchanged
    const after = this.#lowerAnew(come)
    if (stale.length === 0) return { gone: before, come: after }
    return { gone: before.concat(this.#resultsOf(stale)), come: after.concat(this.#lowerAnew(stale)) }
  }

  /** Each once, without those that are gone. */
  #known(again: Iterable<unknown>): readonly Source[] {
    let found: Set<Source> | undefined
    for (const it of again) {
      if (!this.has(it)) continue
      found ??= new Set()
      found.add(it)
    }
    return found === undefined ? none : [...found]
  }

  #resultsOf(sources: readonly Source[]): readonly Result[] {
    return thoseThere(sources.map((source) => this.#results.get(source)))
  }

  #lowerAnew(sources: readonly Source[]): readonly Result[] {
    return thoseThere(
      sources.map((source) => {
        const result = this.#lower(source)
        this.#results.set(source, result)
        return result
      }),
    )
  }
}
