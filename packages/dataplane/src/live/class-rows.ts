/** What has rows for classes of addresses, by their numbers, and which of them a class concerns. */
import type { Criterion, Peer } from '@margay/policy'

export interface ClassRows {
  /** A class that meets none of them has no row. */
  readonly criteria: readonly Criterion[]
  /** Those that have one. */
  readonly classes: Iterable<number>
  /** Equal for classes of which it says the same. */
  answerFor(number: number): unknown
  /** Nothing happens where it has one already. */
  addClass(number: number, peer: Peer): void
  removeClass(number: number): void
}

export class ClassRowsIndex<Rows extends ClassRows = ClassRows> {
  readonly #byCriterion = new Map<string, Set<Rows>>()

  enter(rows: Rows): void {
    for (const { key } of rows.criteria) {
      const there = this.#byCriterion.get(key)
      if (there === undefined) this.#byCriterion.set(key, new Set([rows]))
      else there.add(rows)
    }
  }

  remove(rows: Rows): void {
    for (const { key } of rows.criteria) {
      const there = this.#byCriterion.get(key)
      there?.delete(rows)
      if (there?.size === 0) this.#byCriterion.delete(key)
    }
  }

  /** Of which a class that meets these criteria has a row. */
  concernedBy(met: readonly Criterion[]): Set<Rows> {
    const found = new Set<Rows>()
    for (const { key } of met) {
      for (const rows of this.#byCriterion.get(key) ?? []) found.add(rows)
    }
    return found
  }
}
