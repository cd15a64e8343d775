/** Which classes have ranges of addresses, and who says something of them. */
import type { AddressClass, Criterion, Peer } from '@margay/policy'
import { ClassRowsIndex } from './class-rows.ts'
import type { RangeRows } from './range-rows.ts'
import { RowsByClass } from './rows-by-class.ts'

export interface ClassView {
  numberOf(it: AddressClass): number
  peerOf(it: AddressClass): Peer
  meeting(criterion: Criterion): ReadonlySet<AddressClass>
}

export class RangeIndex {
  readonly #view: ClassView
  readonly #index = new ClassRowsIndex<RangeRows>()
  readonly #rowsOf = new RowsByClass<RangeRows>()
  #classes: ReadonlySet<AddressClass> = new Set()
  /** They may still have rows, until packets have had time to go on. */
  readonly #gone = new Set<number>()

  constructor(view: ClassView) {
    this.#view = view
  }

  /** Everything that is there says what it means for the classes that come to have ranges. */
  change(classes: ReadonlySet<AddressClass>): void {
    const { numberOf, peerOf } = this.#view
    for (const it of this.#classes.difference(classes)) this.#gone.add(numberOf(it))
    for (const it of classes) this.#gone.delete(numberOf(it))
    for (const it of classes.difference(this.#classes)) {
      for (const rows of this.#index.concernedBy(peerOf(it).met)) this.#add(rows, it)
    }
    this.#classes = classes
  }

  /** Rows for all classes that have ranges. Cost: for each criterion O(the classes that meet it), or O(those with ranges) if these are fewer. */
  enter(rows: RangeRows): void {
    for (const criterion of rows.criteria) {
      const meeting = this.#view.meeting(criterion)
      for (const it of meeting.intersection(this.#classes)) this.#add(rows, it)
    }
    this.#index.enter(rows)
  }

  remove(rows: RangeRows): void {
    this.#index.remove(rows)
    this.#rowsOf.forget(rows)
  }

  tidy(): void {
    this.#rowsOf.removeClasses(this.#gone)
    this.#gone.clear()
  }

  #add(rows: RangeRows, it: AddressClass): void {
    const number = this.#view.numberOf(it)
    rows.addClass(number, this.#view.peerOf(it))
    this.#rowsOf.add(number, rows)
  }
}
