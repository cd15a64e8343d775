import { type IsThere, LooseList } from './loose-list.ts'

/** Loose lists by a key that several things may share. A key without any is not kept. */
export class LooseGroups<T> {
  readonly #byKey = new Map<string, LooseList<T>>()
  readonly #isThere: IsThere<T>

  /** `isThere`: false of what was said to be gone. */
  constructor(isThere: IsThere<T>) {
    this.#isThere = isThere
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  /** Those that are there, each once; all that went are noted. */
  of(key: string): readonly T[] {
    const found: T[] = []
    this.#byKey.get(key)?.each(this.#isThere, (it) => found.push(it))
    return found
  }

  /** One that is not in the group. */
  add(key: string, it: T): void {
    const group = this.#byKey.get(key)
    if (group === undefined) this.#byKey.set(key, new LooseList(it))
    else group.add(it)
  }

  /** One that was added with this key is not there any more. */
  noteGone(key: string): void {
    const group = this.#byKey.get(key)
    group?.noteGone(this.#isThere)
    if (group?.size === 0) this.#byKey.delete(key)
  }
}
