/**
 * Class ▶ which of all wide criteria it meets: its traits. A wide criterion holds for many classes, but few combinations of them occur, so
 * that what groups say by wide criteria, they say of traits.
 *
 * A criterion that becomes wide gives classes other traits. Whoever says something of traits has to say the same of these first.
 */
import type { IpVersion } from '@margay/netset'
import type { Criterion, NamedPort, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { noNumberElement, traitsMap } from '../emit/chooser-rules.ts'
import { noNumber } from '../emit/class-maps.ts'
import { Ids } from '../nft/ids.ts'
import type { LiveTable } from './live-table.ts'

/** Whoever says something of traits, by their number. */
export interface TraitRows {
  /** `sample` has them. */
  addTraits(number: number, met: ReadonlySet<string>, sample: Peer): void
}

interface KnownTraits {
  readonly met: ReadonlySet<string>
  readonly sample: Peer
}

export class Traits {
  readonly name: string
  readonly #table: LiveTable
  readonly #criteria = new Map<string, Criterion>()
  /** By the number of the class; texts of `wideKey`. */
  readonly #metBy = new Map<number, string[]>()
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #known = new Map<number, KnownTraits>()
  readonly #rows = new Set<TraitRows>()
  #isMade = false

  constructor(version: IpVersion, table: LiveTable, edition: number) {
    this.name = edition === 0 ? `traits-${version}` : `traits-${version}-${edition}`
    this.#table = table
  }

  get criteria(): readonly Criterion[] {
    return [...this.#criteria.values()]
  }

  /** Nobody asks it any more. */
  removeCriterion({ key }: Criterion): void {
    this.#criteria.delete(key)
    for (const [number, met] of this.#metBy) {
      const left = met.filter((text) => criterionKeyOf(text) !== key)
      const { sample } = this.#known.get(this.#ids.id(met.join('\n'))) ?? {}
      if (left.length === met.length || sample === undefined) continue
      if (left.length === 0) this.removeClass(number)
      else this.#put(number, left, sample)
    }
  }

  isWide({ key }: Criterion): boolean {
    return this.#criteria.has(key)
  }

  /** With the classes that meet it. */
  addCriterion(criterion: Criterion, meeting: Iterable<readonly [number, Peer]>): void {
    if (!this.#isMade) this.#makeMap()
    this.#criteria.set(criterion.key, criterion)
    for (const [number, peer] of meeting) {
      const met = [...(this.#metBy.get(number) ?? []), wideKey(criterion, peer)].sort()
      this.#put(number, met, peer)
    }
  }

  /** One that was gone for a while may have missed that criteria became wide. */
  addClass(number: number, peer: Peer): void {
    const met = [...this.#criteria.values()].filter((criterion) => peer.meets(criterion))
    if (met.length > 0) this.#put(number, met.map((criterion) => wideKey(criterion, peer)).sort(), peer)
  }

  /** Equal for classes with the same traits. */
  traitsOf(number: number): string {
    return this.#metBy.get(number)?.join('\n') ?? ''
  }

  removeClass(number: number): void {
    if (!this.#metBy.delete(number)) return
    this.#table.dropElement(this.name, { key: bytes.hostInt(number) })
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
    this.#table.putSet(traitsMap(this.name))
    this.#table.putElement(this.name, noNumberElement)
  }

  #put(number: number, met: readonly string[], sample: Peer): void {
    this.#metBy.set(number, [...met])
    const traits = this.#ids.id(met.join('\n'))
    if (!this.#known.has(traits)) this.#announce(traits, { met: new Set(met), sample })
    this.#table.putElement(this.name, { key: bytes.hostInt(number), data: bytes.hostInt(traits) })
  }

  #announce(traits: number, known: KnownTraits): void {
    this.#known.set(traits, known)
    for (const rows of this.#rows) rows.addTraits(traits, known.met, known.sample)
  }
}

/** Names of ports, and services, can mean one number here and another there. */
export function wideKey(criterion: Criterion, peer: Peer): string {
  const ports = portsMeant(criterion, peer).map(({ protocol, port }) => `${protocol} ${port}`)
  return ports.length === 0 ? criterion.key : `${criterion.key}\0${ports.sort()}`
}

/** Of a text of `wideKey`. */
export function criterionKeyOf(text: string): string {
  return text.split('\0')[0] ?? text
}

function portsMeant(criterion: Criterion, peer: Peer): readonly NamedPort[] {
  if (criterion.kind === 'Names') return peer.namedPorts(criterion.ports)
  return criterion.kind === 'Service' ? peer.servicePorts(criterion.service) : []
}
