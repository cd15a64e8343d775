/**
 * Two levels of classes: fine ones, which every criterion tells apart, and wide ones, which only wide criteria do.
 *
 * A rule that speaks of half the cluster would need an entry for each fine class in it, in the table of each group under that
 * rule. With two levels, fine classes need entries only where a narrow criterion of the group holds for them; for all others
 * the group's narrow criteria are false, and what their wide class meets decides.
 */
import type { NamedPort } from '../model/endpoint.ts'
import type { PeerMatch, PortMatch } from '../model/rule.ts'
import type { ServiceSet } from '../state/service-set.ts'
import { type AddressClass, namedPortsAt, servicePortsAt } from './address-class.ts'
import type { AddressClasses } from './address-classes.ts'
import { ClassIndex } from './class-index.ts'
import { type Criteria, type Criterion, criteriaOf, namesCriterionKey } from './criteria.ts'

/** Whom a column of a group's table is for. */
export interface PeerClass {
  readonly key: string
  readonly kind: AddressClass['kind']
  readonly level: 'Fine' | 'Wide'
  meets(criterion: Criterion): boolean
  /** What names of ports mean there. */
  namedPorts(match: PortMatch): readonly NamedPort[]
  /** The ports of a service there. */
  servicePorts(service: ServiceSet): readonly NamedPort[]
}

export class ClassLevels {
  readonly #index: ClassIndex
  readonly #criteria: readonly Criterion[]
  readonly #mostOfNarrow: number
  readonly #fine = new Map<AddressClass, PeerClass>()
  readonly #wide = new Map<AddressClass, PeerClass>()
  readonly #wideByCriterion = new Map<string, Set<PeerClass>>()
  readonly #sameness = new WeakMap<ClassLevels, Map<string, boolean>>()
  readonly #wideByPeer = new Map<PeerMatch, readonly PeerClass[]>()

  /** A criterion that more than `mostOfNarrow` classes meet is wide. */
  constructor(classes: AddressClasses, criteria: Criteria, mostOfNarrow: number) {
    this.#index = new ClassIndex(classes)
    this.#criteria = [...criteria.byKey.values()]
    this.#mostOfNarrow = mostOfNarrow
    const wide = this.#criteria.filter((criterion) => this.isWide(criterion))
    this.#divide(classes, wide)
  }

  isWide(criterion: Criterion): boolean {
    return this.#index.meeting(criterion).size > this.#mostOfNarrow
  }

  /** Those that meet any criterion. */
  toldApart(): ReadonlySet<AddressClass> {
    return new Set(this.#criteria.flatMap((criterion) => [...this.#index.meeting(criterion)]))
  }

  /** Does a criterion tell the same classes apart in the same way? */
  isSameFor(criterion: Criterion, other: ClassLevels): boolean {
    const known = this.#sameness.get(other)?.get(criterion.key)
    if (known !== undefined) return known
    const isSame = this.#compare(criterion, other)
    const there = this.#sameness.get(other) ?? new Map<string, boolean>()
    this.#sameness.set(other, there.set(criterion.key, isSame))
    return isSame
  }

  #compare(criterion: Criterion, other: ClassLevels): boolean {
    if (this.isWide(criterion) !== other.isWide(criterion)) return false
    if (!this.isWide(criterion)) {
      return isSameSet(this.#index.meeting(criterion), other.#index.meeting(criterion))
    }
    const keys = (levels: ClassLevels) => new Set([...levels.meeting(criterion)].map(({ key }) => key))
    return isSameSet(keys(this), keys(other))
  }

  /** Fine classes that meet a narrow criterion, or wide ones that meet a wide one. */
  meeting(criterion: Criterion): Iterable<PeerClass> {
    if (this.isWide(criterion)) return this.#wideByCriterion.get(criterion.key) ?? []
    return [...this.#index.meeting(criterion)].map((it) => this.fine(it))
  }

  /** Wide classes that meet all criteria of a peer whose positive ones are all wide. */
  wideMatching(peer: PeerMatch): readonly PeerClass[] {
    const known = this.#wideByPeer.get(peer)
    if (known !== undefined) return known
    const [first] = criteriaOf(peer).positive
    const candidates = first === undefined ? [] : [...(this.#wideByCriterion.get(first.key) ?? [])]
    const found = candidates.filter((it) => matchesPeers(peer, it))
    this.#wideByPeer.set(peer, found)
    return found
  }

  fine(it: AddressClass): PeerClass {
    const known = this.#fine.get(it)
    if (known !== undefined) return known
    const made = new FineClass(it, this.#index)
    this.#fine.set(it, made)
    return made
  }

  wide(it: AddressClass): PeerClass {
    const known = this.#wide.get(it)
    if (known === undefined) throw new RangeError(`no class ${it.key}`)
    return known
  }

  /** Classes that meet the same wide criteria, in the same way, are one wide class. */
  #divide({ all }: AddressClasses, criteria: readonly Criterion[]): void {
    const metBy = new Map<AddressClass, Criterion[]>([...all.values()].map((it) => [it, []]))
    for (const criterion of criteria)
      for (const it of this.#index.meeting(criterion)) metBy.get(it)?.push(criterion)
    const byKey = new Map<string, PeerClass>()
    for (const [it, met] of metBy) {
      const key = JSON.stringify([it.kind, met.map((criterion) => wideKey(criterion, it)).sort()])
      const wide = byKey.get(key) ?? new WideClass(key, it, met)
      byKey.set(key, wide)
      this.#wide.set(it, wide)
      for (const criterion of met) this.#enter(criterion, wide)
    }
  }

  #enter({ key }: Criterion, wide: PeerClass): void {
    const there = this.#wideByCriterion.get(key)
    if (there === undefined) this.#wideByCriterion.set(key, new Set([wide]))
    else there.add(wide)
  }
}

function isSameSet<T>(left: ReadonlySet<T>, right: ReadonlySet<T>): boolean {
  return left.size === right.size && left.isSubsetOf(right)
}

/** Names of ports, and services, can mean one number here and another there. */
function wideKey(criterion: Criterion, it: AddressClass): string {
  const ports = portsMeant(criterion, it).map(({ protocol, port }) => `${protocol} ${port}`)
  return `${criterion.key} ${ports.sort()}`
}

function portsMeant(criterion: Criterion, it: AddressClass): readonly NamedPort[] {
  if (criterion.kind === 'Names') return namedPortsAt(criterion.ports, it)
  return criterion.kind === 'Service' ? servicePortsAt(criterion.service, it) : []
}

class FineClass implements PeerClass {
  readonly level = 'Fine'
  readonly key: string
  readonly kind: AddressClass['kind']
  readonly #class: AddressClass
  readonly #index: ClassIndex

  constructor(it: AddressClass, index: ClassIndex) {
    this.key = it.key
    this.kind = it.kind
    this.#class = it
    this.#index = index
  }

  meets(criterion: Criterion): boolean {
    return this.#index.meeting(criterion).has(this.#class)
  }

  namedPorts(match: PortMatch): readonly NamedPort[] {
    return namedPortsAt(match, this.#class)
  }

  servicePorts(service: ServiceSet): readonly NamedPort[] {
    return servicePortsAt(service, this.#class)
  }
}

/** Meets no narrow criterion: it stands only for those of its classes that meet none of the group's. */
class WideClass implements PeerClass {
  readonly level = 'Wide'
  readonly key: string
  readonly kind: AddressClass['kind']
  readonly #sample: AddressClass
  readonly #met: ReadonlySet<string>

  constructor(key: string, sample: AddressClass, met: readonly Criterion[]) {
    this.key = key
    this.kind = sample.kind
    this.#sample = sample
    this.#met = new Set(met.map((criterion) => criterion.key))
  }

  meets({ key }: Criterion): boolean {
    return this.#met.has(key)
  }

  namedPorts(match: PortMatch): readonly NamedPort[] {
    const key = namesCriterionKey(match)
    return key !== undefined && this.#met.has(key) ? namedPortsAt(match, this.#sample) : []
  }

  servicePorts(service: ServiceSet): readonly NamedPort[] {
    return this.#met.has(service.id) ? servicePortsAt(service, this.#sample) : []
  }
}

/** Do a rule's criteria hold for the addresses of a class? Without one: where no criterion holds. Ports are another matter. */
export function matchesPeers(peer: PeerMatch, it: PeerClass | undefined): boolean {
  const { positive, negative } = criteriaOf(peer)
  if (it === undefined) return positive.length === 0
  return (
    positive.every((criterion) => it.meets(criterion)) && !negative.some((criterion) => it.meets(criterion))
  )
}
