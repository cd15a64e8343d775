/**
 * Class ▶ which of all wide criteria it meets: its traits. A wide criterion holds for many classes, but few combinations of them occur, so
 * that what groups say by wide criteria, they say of traits. Where an address leads to its class, it leads to their number as well.
 *
 * A criterion that becomes wide gives classes other traits. Whoever says something of traits has to say the same of these first.
 */
import type { Criterion, NamedPort, Peer } from '@margay/policy'
import { noNumber } from '../emit/class-maps.ts'
import { Ids } from '../nft/ids.ts'

/** Whoever says something of traits, by their number. */
export interface TraitRows {
  /** `sample` has them. */
  addTraits(number: number, met: readonly Trait[], sample: Peer): void
}

/** A wide criterion that a class meets. */
export interface Trait {
  /** Of the criterion. */
  readonly key: string
  /** Names of ports, and services, can mean one number here and another there: equal only where they mean the same. */
  readonly text: string
}

interface KnownTraits {
  readonly met: readonly Trait[]
  readonly sample: Peer
}

export class Traits {
  readonly #onChange: (classes: ReadonlySet<number>) => void
  readonly #criteria = new Map<string, Criterion>()
  /** By the number of the class. */
  readonly #byClass = new Map<number, number>()
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #known = new Map<number, KnownTraits>()
  readonly #rows = new Set<TraitRows>()

  /** `onChange` is told of classes that have other traits than before, by their numbers, and not of classes that come. */
  constructor(onChange: (classes: ReadonlySet<number>) => void) {
    this.#onChange = onChange
  }

  /** Equal for classes with the same traits; `noNumber` for one that has none. */
  numberOf(number: number): number {
    return this.#byClass.get(number) ?? noNumber
  }

  get criteria(): readonly Criterion[] {
    return [...this.#criteria.values()]
  }

  /** Nobody asks it any more. */
  removeCriterion({ key }: Criterion): void {
    this.#criteria.delete(key)
    const changed = new Set<number>()
    for (const [number, traits] of this.#byClass) {
      const { met, sample } = this.#knownAt(traits)
      const left = met.filter((trait) => trait.key !== key)
      if (left.length === met.length) continue
      changed.add(number)
      if (left.length === 0) this.#byClass.delete(number)
      else this.#put(number, left, sample)
    }
    if (changed.size > 0) this.#onChange(changed)
  }

  isWide({ key }: Criterion): boolean {
    return this.#criteria.has(key)
  }

  /** With the classes that meet each. All at once, so that no class has traits on the way that it does not keep. */
  addCriteria(criteria: ReadonlyMap<Criterion, Iterable<readonly [number, Peer]>>): void {
    const added = new Map<number, { readonly peer: Peer; readonly met: Trait[] }>()
    for (const [criterion, meeting] of criteria) {
      this.#criteria.set(criterion.key, criterion)
      for (const [number, peer] of meeting) {
        const there = added.get(number) ?? { peer, met: [] }
        there.met.push(traitOf(criterion, peer))
        added.set(number, there)
      }
    }
    for (const [number, { peer, met }] of added)
      this.#put(number, sorted([...this.#metBy(number), ...met]), peer)
    if (added.size > 0) this.#onChange(new Set(added.keys()))
  }

  /** One that was gone for a while may have missed that criteria became wide. */
  addClass(number: number, peer: Peer): void {
    const met = [...this.#criteria.values()].filter((criterion) => peer.meets(criterion))
    if (met.length > 0) this.#put(number, sorted(met.map((criterion) => traitOf(criterion, peer))), peer)
  }

  removeClass(number: number): void {
    this.#byClass.delete(number)
  }

  /** Is told of all traits that there are, and of all that come. */
  enter(rows: TraitRows): void {
    this.#rows.add(rows)
    for (const [number, { met, sample }] of this.#known) rows.addTraits(number, met, sample)
  }

  remove(rows: TraitRows): void {
    this.#rows.delete(rows)
  }

  #metBy(number: number): readonly Trait[] {
    const traits = this.#byClass.get(number)
    return traits === undefined ? [] : this.#knownAt(traits).met
  }

  #knownAt(traits: number): KnownTraits {
    const known = this.#known.get(traits)
    if (known === undefined) throw new RangeError(`no traits ${traits}`)
    return known
  }

  #put(number: number, met: readonly Trait[], sample: Peer): void {
    const traits = this.#ids.id(textOf(met))
    if (!this.#known.has(traits)) this.#announce(traits, { met, sample })
    this.#byClass.set(number, traits)
  }

  #announce(traits: number, known: KnownTraits): void {
    this.#known.set(traits, known)
    for (const rows of this.#rows) rows.addTraits(traits, known.met, known.sample)
  }
}

export function traitOf(criterion: Criterion, peer: Peer): Trait {
  const { key } = criterion
  const ports = portsMeant(criterion, peer).map(({ protocol, port }) => `${protocol} ${port}`)
  return { key, text: ports.length === 0 ? key : `${key}\0${ports.sort()}` }
}

export function textOf(met: readonly Trait[]): string {
  return met.map(({ text }) => text).join('\n')
}

export function sorted(met: readonly Trait[]): Trait[] {
  return met.toSorted((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0))
}

function portsMeant(criterion: Criterion, peer: Peer): readonly NamedPort[] {
  if (criterion.kind === 'Names') return peer.namedPorts(criterion.ports)
  return criterion.kind === 'Service' ? peer.servicePorts(criterion.service) : []
}
