/**
 * A desired table that is changed piece by piece, and tells what has changed since it was last asked: so that a change costs what it
 * touches, and not what is there.
 */
import type {
  ChainContent,
  NftElement,
  NftElements,
  NftSet,
  Ruleset,
  SetContent,
  Table,
  TableContent,
} from '@margay/netlink/nftables'
import { hasSameRules } from '../reconcile/canonical.ts'
import {
  ElementStore,
  isSameStored,
  keyOf,
  type Stored,
  StoredElements,
  type StoredKey,
  storedOf,
} from './element-store.ts'

/** The parts that changed, as they were and as they are: what is in neither is the same in both. */
export interface Step {
  readonly before: Ruleset
  readonly after: Ruleset
}

/** A set as it was when the last step was taken. */
interface SetJournal {
  /** Undefined where there was none. */
  readonly set: NftSet | undefined
  /** Of keys that were touched since; of all keys where the set came or went. */
  readonly elements: Map<StoredKey, Stored | undefined>
  readonly isWhole: boolean
}

export class LiveTable {
  readonly table: Table
  readonly #always: string | undefined
  readonly #chains = new Map<string, ChainContent>()
  /** Whoever put a chain last. */
  readonly #owners = new Map<string, object>()
  readonly #sets = new Map<string, ElementStore>()
  #chainsBefore = new Map<string, ChainContent | undefined>()
  #setsBefore = new Map<string, SetJournal>()

  /** `always` is in every step, changed or not. */
  constructor(table: Table, always?: string) {
    this.table = table
    this.#always = always
  }

  /** Does a chain that was there before, and still is, have other rules? */
  get hasChangedRules(): boolean {
    return this.#chainsBefore
      .entries()
      .some(([name, before]) => before !== undefined && this.#chains.has(name))
  }

  /** From now on it is the owner's, even where it says what it said before. */
  putChain(content: ChainContent, owner: object): void {
    const { name } = content.chain
    const there = this.#chains.get(name)
    this.#owners.set(name, owner)
    if (there !== undefined && isSameChain(there, content)) return
    const before = this.#chainsBefore.has(name) ? this.#chainsBefore.get(name) : there
    this.#chains.set(name, content)
    if (before !== undefined && isSameChain(before, content)) this.#chainsBefore.delete(name)
    else this.#chainsBefore.set(name, before)
  }

  /** Unless it is another's by now. */
  dropChain(name: string, owner: object): void {
    const there = this.#chains.get(name)
    if (there === undefined || this.#owners.get(name) !== owner) return
    this.#owners.delete(name)
    if (!this.#chainsBefore.has(name)) this.#chainsBefore.set(name, there)
    else if (this.#chainsBefore.get(name) === undefined) this.#chainsBefore.delete(name)
    this.#chains.delete(name)
  }

  /** Empty at first; nothing happens where it is there already. */
  putSet(set: NftSet): void {
    if (this.#sets.has(set.name)) return
    if (!this.#setsBefore.has(set.name))
      this.#setsBefore.set(set.name, { set: undefined, elements: new Map(), isWhole: true })
    this.#sets.set(set.name, new ElementStore(set))
  }

  dropSet(name: string): void {
    const there = this.#sets.get(name)
    if (there === undefined) return
    const journal = this.#setsBefore.get(name)
    if (journal?.isWhole !== true) {
      const elements: Map<StoredKey, Stored | undefined> = there.entries()
      for (const [key, element] of journal?.elements ?? []) elements.set(key, element)
      this.#setsBefore.set(name, { set: there.set, elements, isWhole: true })
    } else if (journal.set === undefined) this.#setsBefore.delete(name)
    this.#sets.delete(name)
  }

  /** Takes the place of one with the same key. @throws RangeError when there is no such set */
  putElement(name: string, element: NftElement): void {
    const there = this.#set(name)
    this.#put(there, keyOf(element, there.set), storedOf(element, there.set))
  }

  dropElement(name: string, element: Pick<NftElement, 'key' | 'keyEnd'>): void {
    const there = this.#set(name)
    this.#put(there, keyOf(element, there.set), undefined)
  }

  /** As they are now. */
  elementsOf(name: string): NftElements {
    return this.#set(name).snapshot()
  }

  /** What changed since the last step; undefined when nothing did. */
  takeStep(): { readonly before: TableContent; readonly after: TableContent } | undefined {
    if (this.#chainsBefore.size === 0 && this.#setsBefore.size === 0) return undefined
    const step = { before: this.#touchedBefore(), after: this.#touchedNow() }
    this.#chainsBefore = new Map()
    this.#setsBefore = new Map()
    return step
  }

  /** All of it, as it is now. */
  content(): TableContent {
    const sets = [...this.#sets].map(
      ([name, store]) => [name, { set: store.set, elements: store.snapshot() }] as const,
    )
    return { table: this.table, chains: new Map(this.#chains), sets: new Map(sets) }
  }

  #set(name: string): ElementStore {
    const there = this.#sets.get(name)
    if (there === undefined) throw new RangeError(`no set ${name}`)
    return there
  }

  #put(store: ElementStore, key: StoredKey, stored: Stored | undefined): void {
    const there = store.get(key)
    if (there === stored) return
    if (there !== undefined && stored !== undefined && isSameStored(there, stored)) return
    this.#remember(store, key, there)
    store.put(key, stored)
  }

  #remember({ set }: ElementStore, key: StoredKey, stored: Stored | undefined): void {
    const journal = this.#setsBefore.get(set.name)
    if (journal === undefined)
      this.#setsBefore.set(set.name, { set, elements: new Map([[key, stored]]), isWhole: false })
    else if (!journal.isWhole && !journal.elements.has(key)) journal.elements.set(key, stored)
  }

  #touchedBefore(): TableContent {
    const sets = [...this.#setsBefore].flatMap(([name, { set, elements }]) =>
      set === undefined ? [] : [[name, contentOf(set, elements)] as const],
    )
    const chains = [...this.#chainsBefore].flatMap(([name, before]) =>
      before === undefined ? [] : [[name, before] as const],
    )
    return { table: this.table, chains: new Map([...this.#unchanged(), ...chains]), sets: new Map(sets) }
  }

  #unchanged(): [string, ChainContent][] {
    const there = this.#always === undefined ? undefined : this.#chains.get(this.#always)
    return there === undefined || this.#chainsBefore.has(there.chain.name) ? [] : [[there.chain.name, there]]
  }

  #touchedNow(): TableContent {
    const sets = [...this.#setsBefore].flatMap(([name, journal]) => {
      const there = this.#sets.get(name)
      if (there === undefined) return []
      const { set } = there
      if (journal.isWhole) return [[name, { set, elements: there.snapshot() }] as const]
      const touched = journal.elements.keys().map((key) => [key, there.get(key)] as const)
      return [[name, contentOf(set, touched)] as const]
    })
    const chains = [...this.#chainsBefore.keys()].flatMap((name) => {
      const there = this.#chains.get(name)
      return there === undefined ? [] : [[name, there] as const]
    })
    return { table: this.table, chains: new Map([...this.#unchanged(), ...chains]), sets: new Map(sets) }
  }
}

function isSameChain(one: ChainContent, other: ChainContent): boolean {
  if (one === other) return true
  return hasSameRules(one, other) && JSON.stringify(one.chain) === JSON.stringify(other.chain)
}

function contentOf(set: NftSet, entries: Iterable<readonly [StoredKey, Stored | undefined]>): SetContent {
  const there = new Map<StoredKey, Stored>()
  for (const [key, stored] of entries) if (stored !== undefined) there.set(key, stored)
  return { set, elements: new StoredElements(there) }
}
