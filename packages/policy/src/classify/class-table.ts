/** Classes that some address is in, counted by what is in them. */
import type { AddressClass } from './address-class.ts'

export interface ClassTableChanges {
  /** They have addresses now, and had none. */
  readonly come: readonly AddressClass[]
  readonly gone: readonly AddressClass[]
}

export class ClassTable {
  readonly all = new Map<string, AddressClass>()
  #touched = new Set<AddressClass>()

  /** The class of this key; it has to be entered. */
  find(key: string, make: () => AddressClass): AddressClass {
    const known = this.all.get(key)
    if (known !== undefined) return known
    const made = make()
    this.all.set(key, made)
    return made
  }

  /** One member more. */
  enter(it: AddressClass): void {
    this.#change(it, 1)
  }

  /** One less. */
  leave(it: AddressClass): void {
    this.#change(it, -1)
  }

  /** Since the last time. A class that lost all members and has others now is the same. */
  takeChanges(): ClassTableChanges {
    const come: AddressClass[] = []
    const gone: AddressClass[] = []
    for (const it of this.#touched) {
      const { members, membersBefore: before } = it
      it.membersBefore = members
      if (members === 0) this.all.delete(it.key)
      if (before === 0 && members > 0) come.push(it)
      if (before > 0 && members === 0) gone.push(it)
    }
    this.#touched = new Set()
    return { come, gone }
  }

  #change(it: AddressClass, by: number): void {
    if (this.all.get(it.key) !== it) throw new RangeError(`no class ${it.key}`)
    it.members += by
    this.#touched.add(it)
  }
}
