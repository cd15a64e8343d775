/** The classes of addresses that are no endpoint's and no service's. */
import type { IpVersion } from '@margay/netset'
import { AddressClass } from './address-class.ts'
import { type Area, type Areas, nowhere } from './areas.ts'
import type { ClassTable } from './class-table.ts'
import type { AddressRange } from './classified.ts'

export class LiveRanges {
  ranges: readonly AddressRange[] = []
  readonly elsewhere: AddressClass
  readonly #version: IpVersion
  readonly #table: ClassTable
  #areas: Areas | undefined

  constructor(version: IpVersion, table: ClassTable) {
    this.#version = version
    this.#table = table
    this.elsewhere = this.#make(nowhere)
  }

  /** True if there are other ranges now, or the first time. */
  change(areas: Areas): boolean {
    if (areas === this.#areas) return false
    const isFirst = this.#areas === undefined
    if (isFirst) this.#table.enter(this.#table.find(nowhere.key, () => this.elsewhere))
    this.#areas = areas
    const before = this.ranges
    const now = areas.ranges.map(({ first, last, area }) => ({ first, last, class: this.#enter(area) }))
    for (const range of before) this.#table.leave(range.class)
    const isChanged = isFirst || !isSame(before, now)
    if (isChanged) this.ranges = now
    return isChanged
  }

  #enter(area: Area): AddressClass {
    const found = this.#table.find(area.key, () => this.#make(area))
    this.#table.enter(found)
    return found
  }

  #make({ key, identities, netLists }: Area): AddressClass {
    return new AddressClass({
      key,
      version: this.#version,
      kind: 'Ranges',
      identities,
      netLists,
      endpoints: [],
      services: [],
    })
  }
}

function isSame(left: readonly AddressRange[], right: readonly AddressRange[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ first, last, class: own }, i) => {
      const other = right[i]
      return first === other?.first && last === other.last && own === other.class
    })
  )
}
