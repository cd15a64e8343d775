/**
 * What classes can have and criteria can require: labels, places in lists of prefixes, services, names of ports. It finds the
 * classes that may meet a criterion, and the criteria that a class may meet, without asking each.
 */
import type { Selector } from '@margay/resources'
import { labelKey, lightest, requiredLabels } from '../state/required-labels.ts'
import type { AddressClass, ClassContent } from './address-class.ts'
import { ClassList } from './class-list.ts'
import { type Criterion, netListKey } from './criteria.ts'
import type { Retained } from './retained-criteria.ts'

/** As `labelKey`: a name and a value. Names of other features than labels start with a character that no label has. */
type FeatureKey = string

const netList = '<net list>'
const service = '<service>'
const portName = '<port name>'

interface Feature {
  readonly classes: ClassList
  readonly criteria: Set<Retained>
}

type WithFeatures = Pick<ClassContent, 'identities' | 'netLists' | 'services' | 'endpoints'>

export class Features {
  /** By name and value, in two steps: no text has to be made to ask about a label. */
  readonly #byName = new Map<string, Map<string, Feature>>()
  /** Under which features each is to be found. */
  readonly #placeOf = new Map<Retained, readonly FeatureKey[]>()
  /** Criteria that require nothing. */
  readonly #anywhere = new Set<Retained>()
  readonly #classes: { values(): Iterable<AddressClass> }

  /** `classes`: all that there are. */
  constructor(classes: { values(): Iterable<AddressClass> }) {
    this.#classes = classes
  }

  addClass(it: AddressClass): void {
    eachFeature(it, (name, value) => this.#ensure(name, value).classes.add(it))
  }

  /** One without members: it is gone. */
  removeClass(it: AddressClass): void {
    eachFeature(it, (name, value) => {
      this.#get(name, value)?.classes.noteGone()
      this.#tidy(name, value)
    })
  }

  addCriterion(it: Retained): void {
    const lists = requirementsOf(it.criterion)
    const place = lightest(lists, (key) => this.#at(key)?.criteria.size ?? 0)
    if (place === undefined) this.#anywhere.add(it)
    else this.#placeOf.set(it, place)
    for (const key of place ?? []) this.#ensure(...partsOf(key)).criteria.add(it)
  }

  removeCriterion(it: Retained): void {
    this.#anywhere.delete(it)
    for (const key of this.#placeOf.get(it) ?? []) {
      const [name, value] = partsOf(key)
      this.#get(name, value)?.criteria.delete(it)
      this.#tidy(name, value)
    }
    this.#placeOf.delete(it)
  }

  /** A superset of the classes that meet it, some of them more than once. */
  classesFor(criterion: Criterion): Iterable<AddressClass> {
    const required = lightest(requirementsOf(criterion), (key) => this.#at(key)?.classes.size ?? 0)
    return required === undefined
      ? this.#classes.values()
      : required.flatMap((key) => [...(this.#at(key)?.classes.values() ?? [])])
  }

  /** A superset of the criteria that it meets. */
  criteriaFor(it: WithFeatures): Set<Retained> {
    const found = new Set(this.#anywhere)
    eachFeature(it, (name, value) => {
      for (const criterion of this.#get(name, value)?.criteria ?? []) found.add(criterion)
    })
    return found
  }

  #at(key: FeatureKey): Feature | undefined {
    return this.#get(...partsOf(key))
  }

  #get(name: string, value: string): Feature | undefined {
    return this.#byName.get(name)?.get(value)
  }

  #ensure(name: string, value: string): Feature {
    const byValue = this.#byName.get(name) ?? new Map<string, Feature>()
    if (byValue.size === 0) this.#byName.set(name, byValue)
    const known = byValue.get(value)
    if (known !== undefined) return known
    const made = { classes: new ClassList(), criteria: new Set<Retained>() }
    byValue.set(value, made)
    return made
  }

  #tidy(name: string, value: string): void {
    const byValue = this.#byName.get(name)
    const feature = byValue?.get(value)
    if (feature === undefined || feature.classes.size > 0 || feature.criteria.size > 0) return
    byValue?.delete(value)
    if (byValue?.size === 0) this.#byName.delete(name)
  }
}

/** Some may be given more than once. */
function eachFeature(it: WithFeatures, take: (name: string, value: string) => void): void {
  for (const labels of it.identities) for (const [name, value] of labels) take(name, value)
  for (const key of it.netLists) take(netList, key)
  for (const { id } of it.services) take(service, id)
  for (const { ports } of it.endpoints) for (const { name } of ports) take(portName, name)
}

/** Lists of features: whatever meets the criterion has at least one of each list. */
function requirementsOf(criterion: Criterion): readonly (readonly FeatureKey[])[] {
  switch (criterion.kind) {
    case 'Set':
      return requiredLabels(criterion.set.selector)
    case 'Nets':
      return [[labelKey(netList, netListKey(criterion.nets))]]
    case 'Service':
      return [[labelKey(service, criterion.service.id)]]
    case 'Names':
      return [
        criterion.ports.names.map((name) => labelKey(portName, name)),
        ...requiredIn(criterion.ports.namesWithin?.selector),
      ]
  }
}

function requiredIn(selector: Selector | undefined): readonly (readonly FeatureKey[])[] {
  return selector === undefined ? [] : requiredLabels(selector)
}

function partsOf(key: FeatureKey): readonly [name: string, value: string] {
  const end = key.indexOf('\0')
  return [key.slice(0, end), key.slice(end + 1)]
}
