/** Who has rows for a class, by its number: few have any for most classes. */
import type { ClassRows } from './class-rows.ts'
import { ListMap } from './list-map.ts'

export class RowsByClass<Rows extends ClassRows = ClassRows> {
  readonly #rows = new ListMap<number, Rows>()

  /** Each once. */
  of(number: number): readonly Rows[] {
    return this.#rows.of(number)
  }

  add(number: number, rows: Rows): void {
    this.#rows.add(number, rows)
  }

  /** Nobody has rows for any of them, from now on. With a row, a whole group may go, and be forgotten here. */
  removeClasses(numbers: Iterable<number>): void {
    for (const number of numbers) {
      for (const rows of this.of(number)) if (this.of(number).includes(rows)) rows.removeClass(number)
      this.#rows.delete(number)
    }
  }

  forget(rows: Rows): void {
    for (const number of rows.classes) this.#rows.remove(number, rows)
  }
}
