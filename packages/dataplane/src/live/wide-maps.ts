/**
 * Class ▶ which of some wide criteria it meets. Groups whose wide criteria are the same share a map. What a class meets never
 * changes, so an element stays what it is.
 */
import type { IpVersion } from '@margay/netset'
import type { AddressClass, Criterion, NamedPort, Peer } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { noNumberElement, wideMap } from '../emit/chooser-rules.ts'
import { type ClassNumbers, noNumber } from '../emit/class-maps.ts'
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
  readonly #numbers: ClassNumbers
  readonly #ids = new Ids(noNumber + 1, 0xffff_ffff)
  readonly #classes = new Set<AddressClass>()

  constructor(name: string, criteria: readonly Criterion[], table: LiveTable, numbers: ClassNumbers) {
    this.name = name
    this.criteria = criteria
    this.#table = table
    this.#numbers = numbers
    table.putSet(wideMap(name))
    table.putElement(name, noNumberElement)
  }

  get classes(): Iterable<AddressClass> {
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

  addClass(it: AddressClass, peer: Peer): void {
    const number = this.numberFor(peer)
    if (number === noNumber || this.#classes.has(it)) return
    this.#classes.add(it)
    this.#table.putElement(this.name, { key: this.#key(it), data: bytes.hostInt(number) })
  }

  removeClass(it: AddressClass): void {
    if (this.#classes.delete(it)) this.#table.dropElement(this.name, { key: this.#key(it) })
  }

  #key(it: AddressClass): Uint8Array {
    return bytes.hostInt(this.#numbers.of(it))
  }
}

export interface WideMapsContext {
  readonly table: LiveTable
  readonly names: Names
  readonly numbers: ClassNumbers
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
    const { table, names, numbers, edition } = this.#context
    const text = JSON.stringify([edition, sorted.map(({ key }) => key)])
    const name = names.name(`wide-${this.#version}-`, '', text)
    const known = this.#byName.get(name)
    const map = known ?? new WideMap(name, sorted, table, numbers)
    map.users++
    this.#byName.set(name, map)
    return { map, isNew: known === undefined }
  }

  /** True when nobody uses it any more, and it is gone. */
  release(map: WideMap): boolean {
    if (--map.users > 0) return false
    this.#byName.delete(map.name)
    this.#context.table.dropSet(map.name)
    return true
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
