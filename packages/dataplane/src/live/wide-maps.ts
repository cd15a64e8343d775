/**
 * Traits ▶ which of some wide criteria are among them. Groups whose wide criteria are the same share a map. What is said of traits never
 * changes.
 */
import type { IpVersion } from '@margay/netset'
import { type Criterion, namesCriterionKey, type Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { noNumberElement, wideMap } from '../emit/chooser-rules.ts'
import { noNumber } from '../emit/class-maps.ts'
import { Ids } from '../nft/ids.ts'
import type { Names } from '../nft/names.ts'
import type { LiveTable } from './live-table.ts'
import { sorted, type Trait, type TraitRows, type Traits, textOf, traitOf } from './traits.ts'

/** Whoever says something of combinations of the criteria. */
export interface WideRows {
  /** `peer` meets those, and no other criterion. */
  addWide(number: number, peer: Peer): void
}

export class WideMap implements TraitRows {
  readonly name: string
  readonly criteria: readonly Criterion[]
  /** Of choosers that use it. */
  users = 0
  readonly #table: LiveTable
  readonly #keys: ReadonlySet<string>
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #peers = new Map<number, Peer>()
  readonly #rows = new Set<WideRows>()

  constructor(name: string, criteria: readonly Criterion[], table: LiveTable) {
    this.name = name
    this.criteria = criteria
    this.#table = table
    this.#keys = new Set(criteria.map(({ key }) => key))
    table.putSet(wideMap(name))
    table.putElement(name, noNumberElement)
  }

  /** Equal for classes that meet the same of the criteria, in the same way; `noNumber` for those that meet none. */
  numberFor(peer: Peer): number {
    const met = this.criteria.filter((criterion) => peer.meets(criterion))
    return this.#numberOf(met.map((criterion) => traitOf(criterion, peer)))
  }

  addTraits(number: number, met: readonly Trait[], sample: Peer): void {
    const own = met.filter(({ key }) => this.#keys.has(key))
    const combination = this.#numberOf(own)
    if (combination === noNumber) return
    if (!this.#peers.has(combination)) this.#announce(combination, own, sample)
    this.#table.putElement(this.name, { key: bytes.hostInt(number), data: bytes.hostInt(combination) })
  }

  /** How many there are. */
  get combinations(): number {
    return this.#peers.size
  }

  /** Is told of all combinations that there are, and of all that come. */
  enter(rows: WideRows): void {
    this.#rows.add(rows)
    for (const [number, peer] of this.#peers) rows.addWide(number, peer)
  }

  remove(rows: WideRows): void {
    this.#rows.delete(rows)
  }

  #announce(number: number, met: readonly Trait[], sample: Peer): void {
    const keys = new Set(met.map(({ key }) => key))
    const criteria = this.criteria.filter(({ key }) => keys.has(key))
    const peer = widePeer(criteria, sample)
    this.#peers.set(number, peer)
    for (const rows of this.#rows) rows.addWide(number, peer)
  }

  #numberOf(met: readonly Trait[]): number {
    return met.length === 0 ? noNumber : this.#ids.id(textOf(sorted(met)))
  }
}

export interface WideMapsContext {
  readonly table: LiveTable
  readonly names: Names
  readonly traits: Traits
  readonly edition: number
}

export class WideMaps {
  readonly #version: IpVersion
  readonly #context: WideMapsContext
  readonly #byName = new Map<string, WideMap>()

  constructor(version: IpVersion, context: WideMapsContext) {
    this.#version = version
    this.#context = context
  }

  /** All of the criteria are among the traits. */
  retain(criteria: readonly Criterion[]): WideMap {
    const { table, names, traits, edition } = this.#context
    const sorted = criteria.toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const text = JSON.stringify([edition, sorted.map(({ key }) => key)])
    const name = names.name(`wide-${this.#version}-`, '', text)
    const known = this.#byName.get(name)
    const map = known ?? new WideMap(name, sorted, table)
    map.users++
    if (known !== undefined) return map
    this.#byName.set(name, map)
    traits.enter(map)
    return map
  }

  /** It stays until it is tidied up: with the rules of one group, another's may have come that ask it. */
  release(map: WideMap): void {
    map.users--
  }

  /** Of all that are there. */
  get criteria(): ReadonlySet<string> {
    return new Set([...this.#byName.values()].flatMap((map) => map.criteria.map(({ key }) => key)))
  }

  /** Removes those that nobody uses any more. */
  tidy(): void {
    for (const map of [...this.#byName.values()].filter(({ users }) => users === 0)) {
      this.#byName.delete(map.name)
      this.#context.traits.remove(map)
      this.#context.table.dropSet(map.name)
    }
  }
}

/** What all classes have in common that meet these of the criteria, as the sample does, and none that the asker calls narrow. */
function widePeer(met: readonly Criterion[], sample: Peer): Peer {
  const keys = new Set(met.map(({ key }) => key))
  return {
    met,
    meets: ({ key }) => keys.has(key),
    namedPorts: (match) => {
      const key = namesCriterionKey(match)
      return key !== undefined && keys.has(key) ? sample.namedPorts(match) : []
    },
    servicePorts: (service) => (keys.has(service.id) ? sample.servicePorts(service) : []),
  }
}
