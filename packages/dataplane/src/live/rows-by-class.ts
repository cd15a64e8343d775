/** Who has rows for a class, by its number. Few have any for most classes, so that a list is smaller than a set, and no slower. */
import type { ClassRows } from './class-rows.ts'

export class RowsByClass<Rows extends ClassRows = ClassRows> {
  readonly #rows = new Map<number, Rows[]>()

  /** Each once. */
  of(number: number): readonly Rows[] {
    return this.#rows.get(number) ?? []
  }

  add(number: number, rows: Rows): void {
    const there = this.#rows.get(number)
    if (there === undefined) this.#rows.set(number, [rows])
    else if (!there.includes(rows)) there.push(rows)
  }

  /** Nobody has rows for any of them, from now on. With a row, a whole group may go, and be forgotten here. */
  removeClasses(numbers: Iterable<number>): void {
    for (const number of numbers) {
      for (const rows of this.of(number)) if (this.of(number).includes(rows)) rows.removeClass(number)
      this.#rows.delete(number)
    }
  }

  forget(rows: Rows): void {
    for (const number of rows.classes) {
      const there = this.#rows.get(number)
      if (there === undefined) continue
      const left = there.filter((it) => it !== rows)
      if (left.length === 0) this.#rows.delete(number)
      else this.#rows.set(number, left)
    }
  }
}
