/** Which classes meet which criteria: found when first asked, and kept up to date from then on. */
import { type AddressClass, isInSet, meets } from './address-class.ts'
import type { ClassTableChanges } from './class-table.ts'
import type { Criterion } from './criteria.ts'
import { Features } from './features.ts'
import type { Labels } from './read-labels.ts'
import type { CriteriaChanges, Retained } from './retained-criteria.ts'

const nothing: readonly Criterion[] = []

export class Meetings {
  readonly #features: Features
  readonly #meeting = new Map<Retained, Set<AddressClass>>()
  /** Does any class know what it meets? */
  #isAsked = false

  /** `classes`: all that there are. */
  constructor(classes: { values(): Iterable<AddressClass> }) {
    this.#features = new Features(classes)
  }

  meeting(it: Retained): ReadonlySet<AddressClass> {
    const known = this.#meeting.get(it)
    if (known !== undefined) return known
    const found = new Set<AddressClass>()
    for (const candidate of this.#features.classesFor(it.criterion)) {
      if (meets(it.criterion, candidate)) found.add(candidate)
    }
    this.#meeting.set(it, found)
    return found
  }

  criteriaMetBy(it: AddressClass): readonly Criterion[] {
    this.#isAsked = true
    it.met ??= this.#findMet(it)
    return it.met
  }

  /** A list without room for more: there is one for each class. */
  #findMet(it: AddressClass): readonly Criterion[] {
    const candidates = [...this.#features.criteriaFor(it)].map(({ criterion }) => criterion)
    const found = candidates.filter((criterion) => meets(criterion, it))
    return found.length === 0 ? nothing : found.slice()
  }

  /** Does a criterion speak of network sets with these labels? */
  isSelected(labels: Labels): boolean {
    const identities = { identities: [labels], netLists: [], services: [], endpoints: [] }
    return this.#features
      .criteriaFor(identities)
      .values()
      .some(({ criterion }) => criterion.kind === 'Set' && isInSet(criterion.set, identities))
  }

  /** Does one speak of addresses with names that network sets with these labels give? */
  isSelectedByName(labels: Labels): boolean {
    const identities = { identities: [labels], netLists: [], services: [], endpoints: [] }
    return this.#features
      .criteriaFor(identities)
      .values()
      .some(({ criterion: it }) => it.kind === 'Set' && it.countsNames && isInSet(it.set, identities))
  }

  changeCriteria({ come, gone, renewed }: CriteriaChanges): void {
    for (const it of [...gone, ...renewed]) this.#forgetWhoMeets(it)
    for (const it of gone) {
      this.#features.removeCriterion(it)
      this.#meeting.delete(it)
    }
    for (const it of come) this.#features.addCriterion(it)
  }

  /** `criteria` are those that came since classes changed the last time. */
  changeClasses({ come, gone }: ClassTableChanges, criteria: readonly Retained[]): void {
    for (const it of gone) this.#removeClass(it)
    for (const it of come) this.#addClass(it)
    for (const it of criteria) this.#forgetWhoMeets(it)
  }

  #addClass(it: AddressClass): void {
    this.#features.addClass(it)
    if (this.#meeting.size === 0) return
    for (const candidate of this.#features.criteriaFor(it)) {
      const meeting = this.#meeting.get(candidate)
      if (meeting !== undefined && meets(candidate.criterion, it)) meeting.add(it)
    }
  }

  #removeClass(it: AddressClass): void {
    this.#features.removeClass(it)
    it.met = undefined
    for (const candidate of this.#features.criteriaFor(it)) this.#meeting.get(candidate)?.delete(it)
  }

  /** What the classes meet that meet it has to be found out again. */
  #forgetWhoMeets(it: Retained): void {
    if (!this.#isAsked) return
    for (const meeting of this.meeting(it)) meeting.met = undefined
  }
}
