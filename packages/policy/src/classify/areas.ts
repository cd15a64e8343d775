/** Addresses that are in the same prefixes, or in prefixes that say the same of them. */
import { type Ip, nestedRanges, type OwnedCidr } from '@margay/netset'
import { rangeClassKey, sorted } from './class-key.ts'

/** What a prefix says of its addresses: that a rule lists it, or that a network set with these labels has it. */
export type PrefixOwner =
  | { readonly key: string; readonly netList: string }
  | { readonly key: string; readonly labels: ReadonlyMap<string, string> }

export interface Area {
  /** That of the class of its addresses that are no endpoint's and no service's. */
  readonly key: string
  /** Each once, by key. */
  readonly owners: readonly PrefixOwner[]
}

export interface AreaRange {
  readonly first: bigint
  readonly last: bigint
  readonly area: Area
}

/** Of every address in no prefix. */
export const nowhere: Area = { key: rangeClassKey([]), owners: [] }

export class Areas {
  /** Ascending, and as few as there can be: neighbours differ. */
  readonly ranges: readonly AreaRange[]

  /** All prefixes are of one IP version. Areas that are also in `before` are the same objects. */
  constructor(prefixes: readonly OwnedCidr<PrefixOwner>[], before?: Areas) {
    const table = new AreaTable(before)
    const ranges = nestedRanges(prefixes)
    this.ranges = joinNeighbours(
      ranges.map(({ first, last, owners }) => ({ first, last, area: table.areaOf(owners) })),
    )
  }

  /** Cost: O(log ranges). */
  at({ value }: Ip): Area {
    let low = 0
    let high = this.ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const range = this.ranges[middle]
      if (range === undefined) return nowhere
      if (value < range.first) high = middle
      else if (value > range.last) low = middle + 1
      else return range.area
    }
    return nowhere
  }
}

function joinNeighbours(ranges: readonly AreaRange[]): AreaRange[] {
  const joined: AreaRange[] = []
  for (const range of ranges) {
    const previous = joined.at(-1)
    if (previous?.area !== range.area || previous.last + 1n !== range.first) joined.push(range)
    else joined[joined.length - 1] = { ...previous, last: range.last }
  }
  return joined
}

/** Owners are added one by one, and each sum is made once: keys of long lists of prefixes are long. */
class AreaTable {
  readonly #byKey: Map<string, Area>
  readonly #sums = new Map<Area, Map<PrefixOwner, Area>>()

  constructor(before: Areas | undefined) {
    this.#byKey = new Map((before?.ranges ?? []).map(({ area }) => [area.key, area]))
  }

  areaOf(owners: readonly PrefixOwner[]): Area {
    let area = nowhere
    for (const owner of owners) area = this.#sum(area, owner)
    return area
  }

  #sum(area: Area, owner: PrefixOwner): Area {
    const sums = this.#sums.get(area) ?? new Map<PrefixOwner, Area>()
    const known = sums.get(owner) ?? this.#makeSum(area, owner)
    this.#sums.set(area, sums.set(owner, known))
    return known
  }

  #makeSum(area: Area, owner: PrefixOwner): Area {
    if (area.owners.some(({ key }) => key === owner.key)) return area
    const owners = [...area.owners, owner]
    const key = rangeClassKey(ownerKeys({ owners }))
    const known = this.#byKey.get(key) ?? { key, owners }
    this.#byKey.set(key, known)
    return known
  }
}

/** Sorted. */
export function ownerKeys({ owners }: Pick<Area, 'owners'>): string[] {
  return sorted(owners.map(({ key }) => key))
}

/** Of network sets. */
export function labelsOf({ owners }: Area): ReadonlyMap<string, string>[] {
  return owners.filter((owner) => 'labels' in owner).map(({ labels }) => labels)
}

/** Keys of lists that hold the area. */
export function netListsOf({ owners }: Area): string[] {
  return owners.filter((owner) => 'netList' in owner).map(({ netList }) => netList)
}
