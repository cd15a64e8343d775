/** Which classes meet a criterion, without asking each class: by the labels that a selector requires. */
import type { Selector } from '@margay/resources'
import { labelKey, lightest, requiredLabels } from '../state/required-labels.ts'
import { type AddressClass, meets } from './address-class.ts'
import type { AddressClasses } from './address-classes.ts'
import { type Criterion, netListKey } from './criteria.ts'

export class ClassIndex {
  readonly #all: readonly AddressClass[]
  readonly #byLabel = new Map<string, AddressClass[]>()
  readonly #byNetList = new Map<string, AddressClass[]>()
  readonly #byService = new Map<string, AddressClass[]>()
  readonly #byCriterion = new Map<string, ReadonlySet<AddressClass>>()

  constructor({ all }: AddressClasses) {
    this.#all = [...all.values()]
    for (const it of this.#all) {
      for (const { id } of it.services) enter(this.#byService, id, it)
      for (const key of it.netLists) enter(this.#byNetList, key, it)
      for (const labels of it.identities) {
        for (const [name, value] of labels) enter(this.#byLabel, labelKey(name, value), it)
      }
    }
  }

  meeting(criterion: Criterion): ReadonlySet<AddressClass> {
    const known = this.#byCriterion.get(criterion.key)
    if (known !== undefined) return known
    const found = new Set(this.#find(criterion))
    this.#byCriterion.set(criterion.key, found)
    return found
  }

  #find(criterion: Criterion): readonly AddressClass[] {
    if (criterion.kind === 'Nets') return this.#byNetList.get(netListKey(criterion.nets)) ?? []
    if (criterion.kind === 'Service') return this.#byService.get(criterion.service.id) ?? []
    const selector = criterion.kind === 'Set' ? criterion.set.selector : criterion.ports.namesWithin?.selector
    return this.#candidates(selector).filter((it) => meets(criterion, it))
  }

  /** A superset of what the selector matches. */
  #candidates(selector: Selector | undefined): readonly AddressClass[] {
    const count = (label: string) => this.#byLabel.get(label)?.length ?? 0
    const required = selector === undefined ? undefined : lightest(requiredLabels(selector), count)
    return required === undefined ? this.#all : required.flatMap((label) => this.#byLabel.get(label) ?? [])
  }
}

function enter(index: Map<string, AddressClass[]>, key: string, it: AddressClass): void {
  const there = index.get(key)
  if (there === undefined) index.set(key, [it])
  else there.push(it)
}
