/** Things by the labels that they have. What is gone is passed over until half of a list is: nothing is looked for when it goes. */
import type { Requirement } from './required-labels.ts'

interface Posting<T> {
  items: T[]
  /** How many of them are gone. */
  gone: number
}

interface NamedPostings<T> {
  readonly byValue: Map<string, Posting<T>>
  size: number
}

export class Postings<T> {
  readonly #byName = new Map<string, NamedPostings<T>>()
  readonly #isThere: (it: T) => boolean

  /** `isThere`: false of what was said to be gone. */
  constructor(isThere: (it: T) => boolean) {
    this.#isThere = isThere
  }

  /** One that was not there with this label. */
  add(it: T, name: string, value: string): void {
    let named = this.#byName.get(name)
    if (named === undefined) {
      named = { byValue: new Map(), size: 0 }
      this.#byName.set(name, named)
    }
    named.size += 1
    const posting = named.byValue.get(value)
    // Many values are of one thing only: a list of one has no room for more.
    if (posting === undefined) named.byValue.set(value, { items: [it], gone: 0 })
    else posting.items.push(it)
  }

  /** One that was added with this label is not there any more. Cost: O(1), over many. */
  noteGone(name: string, value: string): void {
    const named = this.#byName.get(name)
    const posting = named?.byValue.get(value)
    if (named === undefined || posting === undefined) return
    named.size -= 1
    posting.gone += 1
    if (2 * posting.gone > posting.items.length) this.#clear(posting)
    if (posting.items.length === 0) named.byValue.delete(value)
    if (named.byValue.size === 0) this.#byName.delete(name)
  }

  /** How many meet it. */
  count({ name, value }: Requirement): number {
    const named = this.#byName.get(name)
    if (named === undefined || value === undefined) return named?.size ?? 0
    const posting = named.byValue.get(value)
    return posting === undefined ? 0 : posting.items.length - posting.gone
  }

  /** Each that meets it, once. */
  eachWith({ name, value }: Requirement, take: (it: T) => void): void {
    const named = this.#byName.get(name)
    if (named === undefined) return
    const one = value === undefined ? undefined : named.byValue.get(value)
    const postings = value === undefined ? named.byValue.values() : one === undefined ? [] : [one]
    for (const { items, gone } of postings) {
      for (const it of items) if (gone === 0 || this.#isThere(it)) take(it)
    }
  }

  /** Others may have gone that are not noted yet. */
  #clear(posting: Posting<T>): void {
    const left = posting.items.filter(this.#isThere)
    posting.gone -= posting.items.length - left.length
    posting.items = left
  }
}
