/**
 * A desired table that is changed piece by piece, and tells what has changed since it was last asked: so that a change costs what it
 * touches, and not what is there.
 */
import type {
  ChainContent,
  NftElement,
  NftSet,
  Ruleset,
  SetContent,
  Table,
  TableContent,
} from '@margay/netlink/nftables'
import { elementKey, hasSameRules, isSameElement } from '../reconcile/canonical.ts'

/** The parts that changed, as they were and as they are: what is in neither is the same in both. */
export interface Step {
  readonly before: Ruleset
  readonly after: Ruleset
}

interface LiveSet {
  readonly set: NftSet
  readonly elements: Map<string, NftElement>
}

/** A set as it was when the last step was taken. */
interface SetJournal {
  /** Undefined where there was none. */
  readonly set: NftSet | undefined
  /** Of keys that were touched since; of all keys where the set came or went. */
  readonly elements: Map<string, NftElement | undefined>
  readonly isWhole: boolean
}

export class LiveTable {
  readonly table: Table
  readonly #always: string | undefined
  readonly #chains = new Map<string, ChainContent>()
  /** Whoever put a chain last. */
  readonly #owners = new Map<string, object>()
  readonly #sets = new Map<string, LiveSet>()
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
    this.#sets.set(set.name, { set, elements: new Map() })
  }

  dropSet(name: string): void {
    const there = this.#sets.get(name)
    if (there === undefined) return
    const journal = this.#setsBefore.get(name)
    if (journal?.isWhole !== true) {
      const elements = new Map<string, NftElement | undefined>(there.elements)
      for (const [key, element] of journal?.elements ?? []) elements.set(key, element)
      this.#setsBefore.set(name, { set: there.set, elements, isWhole: true })
    } else if (journal.set === undefined) this.#setsBefore.delete(name)
    this.#sets.delete(name)
  }

  /** Takes the place of one with the same key. @throws RangeError when there is no such set */
  putElement(name: string, element: NftElement): void {
    const { set, elements } = this.#set(name)
    const key = elementKey(element, set)
    const there = elements.get(key)
    if (there !== undefined && isSameElement(there, element)) return
    this.#remember(name, key, there)
    elements.set(key, element)
  }

  dropElement(name: string, element: Pick<NftElement, 'key' | 'keyEnd'>): void {
    const { set, elements } = this.#set(name)
    const key = elementKey(element, set)
    const there = elements.get(key)
    if (there === undefined) return
    this.#remember(name, key, there)
    elements.delete(key)
  }

  elementsOf(name: string): Iterable<NftElement> {
    return this.#set(name).elements.values()
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
      ([name, { set, elements }]) => [name, { set, elements: [...elements.values()] }] as const,
    )
    return { table: this.table, chains: new Map(this.#chains), sets: new Map(sets) }
  }

  #set(name: string): LiveSet {
    const there = this.#sets.get(name)
    if (there === undefined) throw new RangeError(`no set ${name}`)
    return there
  }

  #remember(name: string, key: string, element: NftElement | undefined): void {
    const journal = this.#setsBefore.get(name)
    if (journal === undefined) {
      const elements = new Map([[key, element]])
      this.#setsBefore.set(name, { set: this.#set(name).set, elements, isWhole: false })
      return
    }
    if (!journal.isWhole && !journal.elements.has(key)) journal.elements.set(key, element)
  }

  #touchedBefore(): TableContent {
    const sets = [...this.#setsBefore].flatMap(([name, { set, elements }]) =>
      set === undefined ? [] : [[name, contentOf(set, elements.values())] as const],
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
      const touched = journal.isWhole
        ? there.elements.values()
        : journal.elements.keys().map((key) => there.elements.get(key))
      return [[name, contentOf(there.set, touched)] as const]
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

function contentOf(set: NftSet, elements: Iterable<NftElement | undefined>): SetContent {
  return { set, elements: [...elements].filter((element) => element !== undefined) }
}
