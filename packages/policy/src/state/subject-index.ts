/**
 * Finds what a selector selects at the cost of what it may select. It is made when it is first asked. What changes after that is looked at
 * when somebody asks again: pods change all the time, and a new selector comes seldom.
 */
import { matchesSelector, type Selector } from '@margay/resources'
import { LayeredLabels } from '../model/layered-labels.ts'
import { type Delta, isEmpty } from './delta.ts'
import { type IsThere, LooseList } from './loose-list.ts'
import { Postings } from './postings.ts'
import { isRequirement, lightest, type Requirement, requiredLabels } from './required-labels.ts'
import type { Labels } from './selector-index.ts'

export interface Labelled {
  readonly labels: Labels
}

/** Things that share a layer of their labels. */
interface Family<T> {
  readonly labels: Labels
  readonly members: LooseList<T>
}

/** Changes that nobody asked after, for each thing that there is: after more of them a new index takes less, so the old one goes. */
const mostLateChanges = 0.5

/** Of labels in layers, the shared ones are kept once for all that share them. */
export class SubjectIndex<T extends Labelled> implements Iterable<T> {
  readonly #all: Iterable<T>
  readonly #isThere: IsThere<T>
  #made: MadeIndex<T> | undefined
  /** What came and went since somebody asked. */
  #late: Delta<T>[] = []
  #lateChanges = 0

  /** `all` are those that there are at the time, for which `isThere` is true. */
  constructor(all: Iterable<T>, isThere: IsThere<T>) {
    this.#all = all
    this.#isThere = isThere
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#all[Symbol.iterator]()
  }

  /** What comes or goes has done so already. Cost: O(1): it is looked at when somebody asks, as most changes have no new selector after them. */
  update(changes: Delta<T>): void {
    if (this.#made === undefined || isEmpty(changes)) return
    this.#late.push(changes)
    this.#lateChanges += changes.gone.length + changes.come.length
    if (this.#lateChanges > mostLateChanges * this.#made.size) this.#forget()
  }

  /** Selectors that will be asked about: what they need is made at once, and not for each. */
  expect(selectors: Iterable<Selector>): void {
    const names = new Set<string>()
    for (const selector of selectors) {
      for (const { name } of requiredLabels(selector).flat()) names.add(name)
    }
    if (names.size > 0) this.#ensure(names)
  }

  selectedBy(selector: Selector): Set<T> {
    const found = new Set<T>()
    const isSure = isRequirement(selector)
    this.#eachFor(selector, (it) => {
      if (isSure || matchesSelector(selector, (name) => it.labels.get(name))) found.add(it)
    })
    return found
  }

  #eachFor(selector: Selector, take: (it: T) => void): void {
    const lists = requiredLabels(selector)
    if (lists.length === 0) {
      for (const it of this.#all) take(it)
      return
    }
    this.#ensure(new Set(lists.flat().map(({ name }) => name))).eachFor(lists, take)
  }

  /** Labels of these names can be asked for. */
  #ensure(names: ReadonlySet<string>): MadeIndex<T> {
    for (const { gone, come } of this.#late) {
      for (const it of gone) this.#made?.remove(it)
      for (const it of come) this.#made?.add(it)
    }
    this.#clearLate()
    this.#made ??= new MadeIndex(this.#all, this.#isThere, names)
    this.#made.read(names)
    return this.#made
  }

  #forget(): void {
    this.#made = undefined
    this.#clearLate()
  }

  #clearLate(): void {
    if (this.#late.length === 0) return
    this.#late = []
    this.#lateChanges = 0
  }
}

/** After so many times at which other names were asked for, all are read: who asks so often will ask again. */
const mostReadings = 8

class MadeIndex<T extends Labelled> {
  readonly #all: Iterable<T>
  readonly #isThere: IsThere<T>
  readonly #own: Postings<T>
  readonly #families = new Map<Labels, Family<T>>()
  readonly #shared = new Postings<Family<T>>((family) => this.#families.get(family.labels) === family)
  /** Names of labels that were asked for: those of own layers that are read. Undefined: all. */
  #names: ReadonlySet<string> | undefined
  #readings = 0
  #size = 0

  constructor(all: Iterable<T>, isThere: IsThere<T>, names: ReadonlySet<string>) {
    this.#all = all
    this.#isThere = isThere
    this.#names = names
    this.#own = new Postings(isThere)
    for (const it of all) this.add(it)
  }

  get size(): number {
    return this.#size
  }

  add(it: T): void {
    const { labels } = it
    this.#size += 1
    this.#addOwn(it, this.#names)
    if (labels instanceof LayeredLabels) this.#join(labels.shared, it)
  }

  remove(it: T): void {
    const { labels } = it
    this.#size -= 1
    eachOwn(labels, (name, value) => {
      if (this.#names?.has(name) !== false) this.#own.noteGone(name, value)
    })
    if (!(labels instanceof LayeredLabels)) return
    const family = this.#families.get(labels.shared)
    family?.members.noteGone(this.#isThere)
    if (family?.members.size === 0) this.#removeFamily(family)
  }

  /** Those that meet the rarest of the lists, some more than once; the names in them are read. */
  eachFor(lists: readonly (readonly Requirement[])[], take: (it: T) => void): void {
    for (const requirement of lightest(lists, (it) => this.#weightOf(it)) ?? []) {
      this.#own.eachWith(requirement, take)
      this.#shared.eachWith(requirement, ({ members }) => {
        members.each(this.#isThere, take)
      })
    }
  }

  /** Cost: one walk over all, where one of the names is new. */
  read(names: ReadonlySet<string>): void {
    const known = this.#names
    if (known === undefined || names.isSubsetOf(known)) return
    this.#readings += 1
    const added = this.#readings > mostReadings ? undefined : names.difference(known)
    for (const it of this.#all) this.#addOwn(it, added, known)
    this.#names = added === undefined ? undefined : known.union(added)
  }

  /** Labels of these names; without names, all but those. */
  #addOwn(it: T, names: ReadonlySet<string> | undefined, but?: ReadonlySet<string>): void {
    if (names?.size === 0) return
    eachOwn(it.labels, (name, value) => {
      if (names === undefined ? but?.has(name) !== true : names.has(name)) this.#own.add(it, name, value)
    })
  }

  /** Families are taken to be of one size. */
  #weightOf(requirement: Requirement): number {
    const families = this.#shared.count(requirement)
    const shared = families === 0 ? 0 : (families * this.#size) / this.#families.size
    return this.#own.count(requirement) + shared
  }

  #join(labels: Labels, it: T): void {
    const known = this.#families.get(labels)
    if (known !== undefined) {
      known.members.add(it)
      return
    }
    const made = { labels, members: new LooseList(it) }
    this.#families.set(labels, made)
    labels.forEach((value, name) => {
      this.#shared.add(made, name, value)
    })
  }

  #removeFamily({ labels }: Family<T>): void {
    this.#families.delete(labels)
    labels.forEach((value, name) => {
      this.#shared.noteGone(name, value)
    })
  }
}

/** Of labels without layers, all are its own. */
function eachOwn(labels: Labels, take: (name: string, value: string) => void): void {
  if (labels instanceof LayeredLabels) labels.eachOwn(take)
  else {
    labels.forEach((value, name) => {
      take(name, value)
    })
  }
}
