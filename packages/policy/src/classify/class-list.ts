/**
 * Classes that have something in common. A class belongs to several lists, and some of these have nearly all classes: so an entry takes
 * no more than it must, and nothing is looked for when a class goes.
 */
import type { AddressClass } from './address-class.ts'

export class ClassList {
  #all: AddressClass[] = []
  /** How many of them are gone: those have no members any more, and never will. */
  #gone = 0

  get size(): number {
    return this.#all.length - this.#gone
  }

  /** A class that is added twice is there twice. */
  add(it: AddressClass): void {
    this.#all.push(it)
  }

  /** One that was added is gone, and has no members. Cost: O(1), over many. */
  noteGone(): void {
    this.#gone += 1
    if (2 * this.#gone > this.#all.length) this.#clear()
  }

  values(): Iterable<AddressClass> {
    return this.#all.filter(isThere)
  }

  /** Others may have gone that are not noted yet. */
  #clear(): void {
    const left = this.#all.filter(isThere)
    this.#gone -= this.#all.length - left.length
    this.#all = left.slice()
  }
}

function isThere({ members }: AddressClass): boolean {
  return members > 0
}
