/** Things that have selectors: finds those that may select certain labels, without asking the others. */
import type { Selector } from '@margay/resources'
import { LayeredLabels } from '../model/layered-labels.ts'
import { lightest, type Requirement, requiredLabels } from './required-labels.ts'

export type Labels = ReadonlyMap<string, string>

/** What is filed under one name of labels. */
interface Filed<T> {
  readonly whatever: Set<T>
  readonly byValue: Map<string, Set<T>>
}

/** Of so many layers of labels that things share, it is known what is filed under them. */
const mostLayers = 1024

export class SelectorIndex<T> {
  readonly #byName = new Map<string, Filed<T>>()
  readonly #placeOf = new Map<T, readonly Requirement[]>()
  readonly #anywhere = new Set<T>()
  /** By layers of labels that were asked about. */
  readonly #underShared = new Map<Labels, readonly T[]>()

  get size(): number {
    return this.#placeOf.size + this.#anywhere.size
  }

  /** Under that of the labels which its selector requires that fewest others are filed under. */
  add(it: T, selector: Selector): void {
    const place = lightest(requiredLabels(selector), (requirement) => this.#weightOf(requirement))
    if (place === undefined) {
      this.#anywhere.add(it)
      return
    }
    this.#underShared.clear()
    this.#placeOf.set(it, place)
    for (const requirement of place) this.#ensure(requirement).add(it)
  }

  delete(it: T): void {
    this.#anywhere.delete(it)
    const place = this.#placeOf.get(it)
    if (place === undefined) return
    this.#underShared.clear()
    for (const requirement of place) this.#remove(requirement, it)
    this.#placeOf.delete(it)
  }

  /** Takes at least those that select the labels, some of them more than once. Cost: O(labels, and what is taken). */
  eachFor(labels: Labels, take: (it: T) => void): void {
    for (const it of this.#anywhere) take(it)
    if (this.#placeOf.size === 0) return
    if (labels instanceof LayeredLabels) {
      labels.eachOwn((name, value) => {
        this.#eachUnder(name, value, take)
      })
      for (const it of this.#sharedOf(labels.shared)) take(it)
    } else {
      labels.forEach((value, name) => {
        this.#eachUnder(name, value, take)
      })
    }
  }

  #eachUnder(name: string, value: string, take: (it: T) => void): void {
    const filed = this.#byName.get(name)
    if (filed === undefined) return
    for (const it of filed.whatever) take(it)
    if (filed.byValue.size === 0) return
    const having = filed.byValue.get(value)
    if (having !== undefined) for (const it of having) take(it)
  }

  #sharedOf(labels: Labels): readonly T[] {
    const known = this.#underShared.get(labels)
    if (known !== undefined) return known
    const found: T[] = []
    labels.forEach((value, name) => {
      this.#eachUnder(name, value, (it) => found.push(it))
    })
    if (this.#underShared.size >= mostLayers) this.#underShared.clear()
    this.#underShared.set(labels, found)
    return found
  }

  /** A label that is asked for with its value is rarer than one of whatever value. */
  #weightOf({ name, value }: Requirement): number {
    const filed = this.#byName.get(name)
    if (value === undefined) return 2 * (filed?.whatever.size ?? 0) + 1
    return 2 * (filed?.byValue.get(value)?.size ?? 0)
  }

  #ensure({ name, value }: Requirement): Set<T> {
    const filed = this.#byName.get(name) ?? { whatever: new Set<T>(), byValue: new Map<string, Set<T>>() }
    this.#byName.set(name, filed)
    if (value === undefined) return filed.whatever
    const known = filed.byValue.get(value) ?? new Set<T>()
    filed.byValue.set(value, known)
    return known
  }

  #remove({ name, value }: Requirement, it: T): void {
    const filed = this.#byName.get(name)
    if (filed === undefined) return
    const group = value === undefined ? filed.whatever : filed.byValue.get(value)
    group?.delete(it)
    if (value !== undefined && group?.size === 0) filed.byValue.delete(value)
    if (filed.whatever.size === 0 && filed.byValue.size === 0) this.#byName.delete(name)
  }
}
