/**
 * Class ▶ which of all wide criteria it meets: its traits. A wide criterion holds for many classes, but few combinations of them occur, so
 * that what groups say by wide criteria, they say of traits.
 *
 * A criterion that becomes wide gives classes other traits. Whoever says something of traits has to say the same of these first.
 */
import type { Criterion, NamedPort, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { noNumberElement } from '../emit/chooser-rules.ts'
import { noNumber, type RoomyMap } from '../emit/class-maps.ts'
import { Ids } from '../nft/ids.ts'
import type { LiveTable } from './live-table.ts'

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
  readonly #table: LiveTable
  #map: RoomyMap
  readonly #criteria = new Map<string, Criterion>()
  /** By the number of the class, in the order of their texts. */
  readonly #metBy = new Map<number, readonly Trait[]>()
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #known = new Map<number, KnownTraits>()
  readonly #rows = new Set<TraitRows>()
  #isMade = false

  constructor(map: RoomyMap, table: LiveTable) {
    this.#map = map
    this.#table = table
  }

  /** Of how many classes something is said; some may have no addresses any more. */
  get size(): number {
    return this.#metBy.size
  }

  /** Has its map less room than it needs? */
  get isFull(): boolean {
    return this.#metBy.size >= this.#map.size
  }

  /** All that is said is said by another map. */
  moveTo(map: RoomyMap): void {
    if (this.#isMade) this.#table.dropSet(this.#map.name)
    this.#map = map
    if (!this.#isMade) return
    this.#makeMap()
    for (const [number, met] of this.#metBy) this.#putElement(number, this.#ids.id(textOf(met)))
  }

  get criteria(): readonly Criterion[] {
    return [...this.#criteria.values()]
  }

  /** Nobody asks it any more. */
  removeCriterion({ key }: Criterion): void {
    this.#criteria.delete(key)
    for (const [number, met] of this.#metBy) {
      const left = met.filter((trait) => trait.key !== key)
      const { sample } = this.#known.get(this.#ids.id(textOf(met))) ?? {}
      if (left.length === met.length || sample === undefined) continue
      if (left.length === 0) this.removeClass(number)
      else this.#put(number, left, sample)
    }
  }

  isWide({ key }: Criterion): boolean {
    return this.#criteria.has(key)
  }

  /** With the classes that meet each. All at once, so that no class has traits on the way that it does not keep. */
  addCriteria(criteria: ReadonlyMap<Criterion, Iterable<readonly [number, Peer]>>): void {
    if (!this.#isMade && criteria.size > 0) this.#makeMap()
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
      this.#put(number, sorted([...(this.#metBy.get(number) ?? []), ...met]), peer)
  }

  /** One that was gone for a while may have missed that criteria became wide. */
  addClass(number: number, peer: Peer): void {
    const met = [...this.#criteria.values()].filter((criterion) => peer.meets(criterion))
    if (met.length > 0) this.#put(number, sorted(met.map((criterion) => traitOf(criterion, peer))), peer)
  }

  /** Equal for classes with the same traits. */
  traitsOf(number: number): string {
    return textOf(this.#metBy.get(number) ?? [])
  }

  removeClass(number: number): void {
    if (!this.#metBy.delete(number)) return
    this.#table.dropElement(this.#map.name, { key: bytes.hostInt(number) })
  }

  /** Is told of all traits that there are, and of all that come. */
  enter(rows: TraitRows): void {
    this.#rows.add(rows)
    for (const [number, { met, sample }] of this.#known) rows.addTraits(number, met, sample)
  }

  remove(rows: TraitRows): void {
    this.#rows.delete(rows)
  }

  #makeMap(): void {
    this.#isMade = true
    this.#table.putSet(this.#map)
    this.#table.putElement(this.#map.name, noNumberElement)
  }

  #put(number: number, met: readonly Trait[], sample: Peer): void {
    const traits = this.#ids.id(textOf(met))
    if (!this.#known.has(traits)) this.#announce(traits, { met, sample })
    this.#metBy.set(number, this.#known.get(traits)?.met ?? met)
    this.#putElement(number, traits)
  }

  #putElement(number: number, traits: number): void {
    this.#table.putElement(this.#map.name, { key: bytes.hostInt(number), data: bytes.hostInt(traits) })
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
