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

export class WideMaps {
  readonly #version: IpVersion
  readonly #table: LiveTable
  readonly #names: Names
  readonly #numbers: ClassNumbers
  readonly #byKey = new Map<string, WideMap>()

  constructor(version: IpVersion, table: LiveTable, names: Names, numbers: ClassNumbers) {
    this.#version = version
    this.#table = table
    this.#names = names
    this.#numbers = numbers
  }

  /** `isNew`: it has no rows yet. */
  retain(criteria: readonly Criterion[]): { readonly map: WideMap; readonly isNew: boolean } {
    const sorted = criteria.toSorted((one, other) => (one.key < other.key ? -1 : 1))
    const name = this.#names.name(`wide-${this.#version}-`, '', JSON.stringify(sorted.map(({ key }) => key)))
    const known = this.#byKey.get(name)
    const map = known ?? new WideMap(name, sorted, this.#table, this.#numbers)
    map.users++
    this.#byKey.set(name, map)
    return { map, isNew: known === undefined }
  }

  /** True when nobody uses it any more, and it is gone. */
  release(map: WideMap): boolean {
    if (--map.users > 0) return false
    this.#byKey.delete(map.name)
    this.#table.dropSet(map.name)
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
