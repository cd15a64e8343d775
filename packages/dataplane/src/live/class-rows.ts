/** What has rows for classes of addresses, by their numbers, and which of them a class concerns. */
import type { Criterion, Peer } from '@margay/policy'
import { ListMap } from './list-map.ts'

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
  readonly #byCriterion = new ListMap<string, Rows>()

  enter(rows: Rows): void {
    for (const { key } of rows.criteria) this.#byCriterion.add(key, rows)
  }

  remove(rows: Rows): void {
    for (const { key } of rows.criteria) this.#byCriterion.remove(key, rows)
  }

  /** Of which a class that meets these criteria has a row. */
  concernedBy(met: readonly Criterion[]): Set<Rows> {
    const found = new Set<Rows>()
    for (const { key } of met) {
      for (const rows of this.#byCriterion.of(key)) found.add(rows)
    }
    return found
  }
}
