/** Things that have selectors: finds those that may select certain labels, without asking the others. */
import type { Selector } from '@margay/resources'
import { LayeredLabels } from '../model/layered-labels.ts'
import { countOf, eachOf, type OneOrMany, withOne, withoutOne } from './one-or-many.ts'
import { lightest, type Requirement, requiredLabels } from './required-labels.ts'

export type Labels = ReadonlyMap<string, string>

/** What is filed under one name of labels. */
interface Filed<T> {
  whatever: OneOrMany<T> | undefined
  byValue: Map<string, OneOrMany<T>> | undefined
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
    for (const requirement of place) this.#file(requirement, it)
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
    if (this.#anywhere.size > 0) for (const it of this.#anywhere) take(it)
    if (this.#placeOf.size === 0) return
    if (labels instanceof LayeredLabels) {
      const { own } = labels
      for (let i = 0; i < own.length; i += 2) this.#eachUnder(own[i] ?? '', own[i + 1] ?? '', take)
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
    eachOf(filed.whatever, take)
    if (filed.byValue !== undefined) eachOf(filed.byValue.get(value), take)
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
    if (value === undefined) return 2 * countOf(filed?.whatever) + 1
    return 2 * countOf(filed?.byValue?.get(value))
  }

  #file({ name, value }: Requirement, it: T): void {
    let filed = this.#byName.get(name)
    if (filed === undefined) {
      filed = { whatever: undefined, byValue: undefined }
      this.#byName.set(name, filed)
    }
    if (value === undefined) filed.whatever = withOne(filed.whatever, it)
    else {
      filed.byValue ??= new Map()
      filed.byValue.set(value, withOne(filed.byValue.get(value), it))
    }
  }

  #remove({ name, value }: Requirement, it: T): void {
    const filed = this.#byName.get(name)
    if (filed === undefined) return
    if (value === undefined) filed.whatever = withoutOne(filed.whatever, it)
    else removeValue(filed, value, it)
    if (filed.whatever === undefined && filed.byValue === undefined) this.#byName.delete(name)
  }
}

function removeValue<T>(filed: Filed<T>, value: string, it: T): void {
  const left = withoutOne(filed.byValue?.get(value), it)
  if (left !== undefined) filed.byValue?.set(value, left)
  else filed.byValue?.delete(value)
  if (filed.byValue?.size === 0) filed.byValue = undefined
}
