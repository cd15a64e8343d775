/** Who has rows for a class, by its number. */
import type { ClassRows } from './class-rows.ts'

export class RowsByClass<Rows extends ClassRows = ClassRows> {
  readonly #rows = new Map<number, Set<Rows>>()

  of(number: number): ReadonlySet<Rows> {
    return this.#rows.get(number) ?? new Set()
  }

  add(number: number, rows: Rows): void {
    const there = this.#rows.get(number)
    if (there === undefined) this.#rows.set(number, new Set([rows]))
    else there.add(rows)
  }

  /** Nobody has rows for any of them, from now on. */
  removeClasses(numbers: Iterable<number>): void {
    for (const number of numbers) {
      for (const rows of this.of(number)) rows.removeClass(number)
      this.#rows.delete(number)
    }
  }

  forget(rows: Rows): void {
    for (const number of rows.classes) this.#rows.get(number)?.delete(rows)
  }
}
