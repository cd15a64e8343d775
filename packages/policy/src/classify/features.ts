/**
 * What classes can have and criteria can require: labels, places in lists of prefixes, services, names of ports. It finds the
 * classes that may meet a criterion, and the criteria that a class may meet, without asking each.
 */
import type { Selector } from '@margay/resources'
import { lightest, type Requirement, requiredLabels } from '../state/required-labels.ts'
import type { AddressClass, ClassContent } from './address-class.ts'
import { ClassList } from './class-list.ts'
import { type Criterion, netListKey } from './criteria.ts'
import type { Retained } from './retained-criteria.ts'

/** Names of other features than labels, which start with a character that no label has. */
const netList = '<net list>'
const service = '<service>'
const portName = '<port name>'
const domainList = '<domain list>'

interface Feature {
  readonly classes: ClassList
  readonly criteria: Set<Retained>
}

/** Features of one name. */
interface NamedFeatures {
  readonly byValue: Map<string, Feature>
  /** Criteria that require the name with whatever value. */
  readonly whatever: Set<Retained>
  /** How many entries the lists of classes have. */
  classes: number
}

type WithFeatures = Pick<ClassContent, 'identities' | 'netLists' | 'services' | 'endpoints' | 'naming'>

export class Features {
  /** By name and value, in two steps: no text has to be made to ask about a label. */
  readonly #byName = new Map<string, NamedFeatures>()
  /** Under which features each is to be found. */
  readonly #placeOf = new Map<Retained, readonly Requirement[]>()
  /** Criteria that require nothing. */
  readonly #anywhere = new Set<Retained>()
  readonly #classes: { values(): Iterable<AddressClass> }

  /** `classes`: all that there are. */
  constructor(classes: { values(): Iterable<AddressClass> }) {
    this.#classes = classes
  }

  addClass(it: AddressClass): void {
    eachFeature(it, (name, value) => {
      const named = this.#ensure(name)
      named.classes += 1
      ensureValue(named, value).classes.add(it)
    })
  }

  /** One without members: it is gone. */
  removeClass(it: AddressClass): void {
    eachFeature(it, (name, value) => {
      const named = this.#byName.get(name)
      if (named === undefined) return
      named.classes -= 1
      named.byValue.get(value)?.classes.noteGone()
      this.#tidy(name, value)
    })
  }

  addCriterion(it: Retained): void {
    const place = lightest(requirementsOf(it.criterion), (at) => 2 * this.#criteriaAt(at).size + weight(at))
    if (place === undefined) this.#anywhere.add(it)
    else this.#placeOf.set(it, place)
    for (const { name, value } of place ?? []) {
      const named = this.#ensure(name)
      const criteria = value === undefined ? named.whatever : ensureValue(named, value).criteria
      criteria.add(it)
    }
  }

  removeCriterion(it: Retained): void {
    this.#anywhere.delete(it)
    for (const at of this.#placeOf.get(it) ?? []) {
      this.#criteriaAt(at).delete(it)
      this.#tidy(at.name, at.value)
    }
    this.#placeOf.delete(it)
  }

  /** A superset of the classes that meet it, some of them more than once. */
  classesFor(criterion: Criterion): Iterable<AddressClass> {
    const required = lightest(requirementsOf(criterion), (at) => this.#classCount(at))
    if (required === undefined) return this.#classes.values()
    return required.flatMap((at) => this.#listsAt(at).flatMap((list) => [...list.values()]))
  }

  /** A superset of the criteria that it meets. */
  criteriaFor(it: WithFeatures): Set<Retained> {
    const found = new Set(this.#anywhere)
    eachFeature(it, (name, value) => {
      const named = this.#byName.get(name)
      if (named === undefined) return
      for (const criterion of named.whatever) found.add(criterion)
      for (const criterion of named.byValue.get(value)?.criteria ?? []) found.add(criterion)
    })
    return found
  }

  #criteriaAt({ name, value }: Requirement): Set<Retained> {
    const named = this.#byName.get(name)
    return (value === undefined ? named?.whatever : named?.byValue.get(value)?.criteria) ?? new Set()
  }

  #classCount({ name, value }: Requirement): number {
    const named = this.#byName.get(name)
    return (value === undefined ? named?.classes : named?.byValue.get(value)?.classes.size) ?? 0
  }

  #listsAt({ name, value }: Requirement): ClassList[] {
    const named = this.#byName.get(name)
    const features = value === undefined ? [...(named?.byValue.values() ?? [])] : [named?.byValue.get(value)]
    return features.filter((it) => it !== undefined).map(({ classes }) => classes)
  }

  #ensure(name: string): NamedFeatures {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const made = { byValue: new Map<string, Feature>(), whatever: new Set<Retained>(), classes: 0 }
    this.#byName.set(name, made)
    return made
  }

  #tidy(name: string, value: string | undefined): void {
    const named = this.#byName.get(name)
    if (named === undefined) return
    const feature = value === undefined ? undefined : named.byValue.get(value)
    if (value !== undefined && feature?.classes.size === 0 && feature.criteria.size === 0) {
      named.byValue.delete(value)
    }
    if (named.byValue.size === 0 && named.whatever.size === 0) this.#byName.delete(name)
  }
}

function ensureValue({ byValue }: NamedFeatures, value: string): Feature {
  const known = byValue.get(value)
  if (known !== undefined) return known
  const made = { classes: new ClassList(), criteria: new Set<Retained>() }
  byValue.set(value, made)
  return made
}

/** Whatever value is more than a certain one. */
function weight({ value }: Requirement): number {
  return value === undefined ? 1 : 0
}

/** Some may be given more than once. */
function eachFeature(it: WithFeatures, take: (name: string, value: string) => void): void {
  for (const labels of it.identities) for (const [name, value] of labels) take(name, value)
  for (const key of it.netLists) take(netList, key)
  for (const labels of it.naming?.identities ?? []) for (const [name, value] of labels) take(name, value)
  for (const key of it.naming?.domainLists ?? []) take(domainList, key)
  for (const { id } of it.services) take(service, id)
  for (const { ports } of it.endpoints) for (const { name } of ports) take(portName, name)
}

/** Lists of features: whatever meets the criterion has at least one of each list. */
function requirementsOf(criterion: Criterion): readonly (readonly Requirement[])[] {
  switch (criterion.kind) {
    case 'Set':
      return requiredLabels(criterion.set.selector)
    case 'Nets':
      return [[{ name: netList, value: netListKey(criterion.nets) }]]
    case 'Domains':
      return [[{ name: domainList, value: criterion.domains.key }]]
    case 'Service':
      return [[{ name: service, value: criterion.service.id }]]
    case 'Names':
      return [
        criterion.ports.names.map((name) => ({ name: portName, value: name })),
        ...requiredIn(criterion.ports.namesWithin?.selector),
      ]
  }
}

function requiredIn(selector: Selector | undefined): readonly (readonly Requirement[])[] {
  return selector === undefined ? [] : requiredLabels(selector)
}
