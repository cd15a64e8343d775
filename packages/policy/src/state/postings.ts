/** Things by the labels that they have. */
import { type IsThere, LooseList } from './loose-list.ts'
import type { Requirement } from './required-labels.ts'

interface NamedPostings<T> {
  readonly byValue: Map<string, LooseList<T>>
  size: number
}

export class Postings<T> {
  readonly #byName = new Map<string, NamedPostings<T>>()
  readonly #isThere: IsThere<T>

  /** `isThere`: false of what was said to be gone. */
  constructor(isThere: IsThere<T>) {
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
    const list = named.byValue.get(value)
    if (list === undefined) named.byValue.set(value, new LooseList(it))
    else list.add(it)
  }

  /** One that was added with this label is not there any more. */
  noteGone(name: string, value: string): void {
    const named = this.#byName.get(name)
    if (named === undefined) return
    named.size -= 1
    const list = named.byValue.get(value)
    list?.noteGone(this.#isThere)
    if (list?.size === 0) named.byValue.delete(value)
    if (named.byValue.size === 0) this.#byName.delete(name)
  }

  /** How many meet it. */
  count({ name, value }: Requirement): number {
    const named = this.#byName.get(name)
    if (named === undefined || value === undefined) return named?.size ?? 0
    return named.byValue.get(value)?.size ?? 0
  }

  /** Each that meets it, once. */
  eachWith({ name, value }: Requirement, take: (it: T) => void): void {
    const named = this.#byName.get(name)
    if (named === undefined) return
    if (value !== undefined) named.byValue.get(value)?.each(this.#isThere, take)
    else for (const list of named.byValue.values()) list.each(this.#isThere, take)
  }
}
