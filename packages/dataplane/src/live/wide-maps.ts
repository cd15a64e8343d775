/**
 * Class ▶ which of some wide criteria it meets. Groups whose wide criteria are the same share a map. What a class meets never
 * changes, so an element stays what it is.
 */
import type { IpVersion } from '@margay/netset'
import type { Criterion, NamedPort, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { noNumberElement, wideMap } from '../emit/chooser-rules.ts'
import { noNumber } from '../emit/class-maps.ts'
import { Ids } from '../nft/ids.ts'
import type { Names } from '../nft/names.ts'
import type { ClassRows } from './class-rows.ts'
import type { LiveTable } from './live-table.ts'

export class WideMap implements ClassRows {
  readonly name: string
  readonly criteria: readonly Criterion[]
  /** Of choosers that use it. */
  users = 0
  readonly #table: LiveTable
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #classes = new Set<number>()

  constructor(name: string, criteria: readonly Criterion[], table: LiveTable) {
    this.name = name
    this.criteria = criteria
    this.#table = table
    table.putSet(wideMap(name))
    table.putElement(name, noNumberElement)
  }

  get classes(): Iterable<number> {
    return this.#classes
  }

  /** What choosers say of them counts. */
  answerFor(): undefined {
    return undefined
  }

  /** Equal for classes that meet the same of the criteria, in the same way; `noNumber` for those that meet none. */
  numberFor(peer: Peer): number {
    const met = this.criteria.filter((criterion) => peer.meets(criterion))
    return met.length === 0 ? noNumber : this.#ids.id(met.map((it) => wideKey(it, peer)).join('\n'))
  }

  addClass(number: number, peer: Peer): void {
    const met = this.numberFor(peer)
    if (met === noNumber || this.#classes.has(number)) return
    this.#classes.add(number)
    this.#table.putElement(this.name, { key: bytes.hostInt(number), data: bytes.hostInt(met) })
  }

  removeClass(number: number): void {
    if (this.#classes.delete(number)) this.#table.dropElement(this.name, { key: bytes.hostInt(number) })
  }
}

export interface WideMapsContext {
  readonly table: LiveTable
  readonly names: Names
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

  /** `isNew`: it has no rows yet. */
  retain(criteria: readonly Criterion[]): { readonly map: WideMap; readonly isNew: boolean } {
    const sorted = criteria.toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const { table, names, edition } = this.#context
    const text = JSON.stringify([edition, sorted.map(({ key }) => key)])
    const name = names.name(`wide-${this.#version}-`, '', text)
    const known = this.#byName.get(name)
    const map = known ?? new WideMap(name, sorted, table)
    map.users++
    this.#byName.set(name, map)
    return { map, isNew: known === undefined }
  }

  /** It stays until it is tidied up: with the rules of one group, another's may have come that ask it. */
  release(map: WideMap): void {
    map.users--
  }

  /** Removes those that nobody uses any more, and tells which. */
  tidy(): WideMap[] {
    const unused = [...this.#byName.values()].filter(({ users }) => users === 0)
    for (const { name } of unused) {
      this.#byName.delete(name)
      this.#context.table.dropSet(name)
    }
    return unused
  }
}

/** Names of ports, and services, can mean one number here and another there. */
function wideKey(criterion: Criterion, peer: Peer): string {
  const ports = portsMeant(criterion, peer).map(({ protocol, port }) => `${protocol} ${port}`)
  return `${criterion.key} ${ports.sort()}`
}

function portsMeant(criterion: Criterion, peer: Peer): readonly NamedPort[] {
  if (criterion.kind === 'Names') return peer.namedPorts(criterion.ports)
  return criterion.kind === 'Service' ? peer.servicePorts(criterion.service) : []
}
