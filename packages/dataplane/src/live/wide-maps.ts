/**
 * Traits ▶ which of some wide criteria are among them. Groups whose wide criteria are the same share a map. What is said of traits never
 * changes.
 */
import type { IpVersion } from '@margay/netset'
import type { Criterion, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { noNumberElement, wideMap } from '../emit/chooser-rules.ts'
import { noNumber } from '../emit/class-maps.ts'
import { Ids } from '../nft/ids.ts'
import type { Names } from '../nft/names.ts'
import type { LiveTable } from './live-table.ts'
import { type TraitRows, type Traits, wideKey } from './traits.ts'

export class WideMap implements TraitRows {
  readonly name: string
  readonly criteria: readonly Criterion[]
  /** Of choosers that use it. */
  users = 0
  readonly #table: LiveTable
  readonly #keys: ReadonlySet<string>
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)

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
    return this.#numberOf(met.map((criterion) => wideKey(criterion, peer)))
  }

  addTraits(number: number, met: ReadonlySet<string>): void {
    const own = this.#numberOf([...met].filter((key) => this.#concerns(key)))
    if (own === noNumber) return
    this.#table.putElement(this.name, { key: bytes.hostInt(number), data: bytes.hostInt(own) })
  }

  #numberOf(met: readonly string[]): number {
    return met.length === 0 ? noNumber : this.#ids.id([...met].sort().join('\n'))
  }

  #concerns(key: string): boolean {
    return this.#keys.has(key) || this.criteria.some((criterion) => key.startsWith(`${criterion.key} `))
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

  /** Removes those that nobody uses any more. */
  tidy(): void {
    for (const map of [...this.#byName.values()].filter(({ users }) => users === 0)) {
      this.#byName.delete(map.name)
      this.#context.traits.remove(map)
      this.#context.table.dropSet(map.name)
    }
  }
}
