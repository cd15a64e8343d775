/** Addresses that are in the same prefixes, or in prefixes that say the same of them. */
import { type Ip, nestedRanges, type OwnedCidr } from '@margay/netset'
import { rangeClassKey, sorted } from './class-key.ts'
import { rangeAt } from './range-at.ts'
import type { Labels } from './read-labels.ts'

/** What a prefix says of its addresses: that a rule lists it, or that a network set with these labels has it. */
export type PrefixOwner =
  | { readonly key: string; readonly netList: string }
  | { readonly key: string; readonly labels: Labels }

export interface Area {
  /** That of the class of its addresses that are no endpoint's and no service's. */
  readonly key: string
  /** Each once, by key. */
  readonly owners: readonly PrefixOwner[]
  /** The labels of each network set that has it. */
  readonly identities: readonly Labels[]
  /** Keys of the lists that hold it. */
  readonly netLists: readonly string[]
}

export interface AreaRange {
  readonly first: bigint
  readonly last: bigint
  readonly area: Area
}

/** Of every address in no prefix. */
export const nowhere = areaOf(rangeClassKey([]), [])

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
    return rangeAt(this.ranges, value)?.area ?? nowhere
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

/** Makes the key of each sequence of owners once: keys of long lists of prefixes are long. */
class AreaTable {
  readonly #byKey: Map<string, Area>
  readonly #sequences: Sequence = { next: new Map(), area: undefined }

  constructor(before: Areas | undefined) {
    this.#byKey = new Map((before?.ranges ?? []).map(({ area }) => [area.key, area]))
  }

  areaOf(owners: readonly PrefixOwner[]): Area {
    let sequence = this.#sequences
    for (const owner of owners) sequence = longer(sequence, owner)
    sequence.area ??= this.#find(owners)
    return sequence.area
  }

  #find(owners: readonly PrefixOwner[]): Area {
    const byKey = new Map(owners.map((owner) => [owner.key, owner]))
    const key = rangeClassKey(sorted(byKey.keys()))
    const known = this.#byKey.get(key) ?? areaOf(key, [...byKey.values()])
    this.#byKey.set(key, known)
    return known
  }
}

/** Owners in the order in which prefixes nest. */
interface Sequence {
  readonly next: Map<PrefixOwner, Sequence>
  area: Area | undefined
}

function longer({ next }: Sequence, owner: PrefixOwner): Sequence {
  const known = next.get(owner)
  if (known !== undefined) return known
  const made = { next: new Map<PrefixOwner, Sequence>(), area: undefined }
  next.set(owner, made)
  return made
}

/** Sorted. */
export function ownerKeys({ owners }: Area): string[] {
  return sorted(owners.map(({ key }) => key))
}

function areaOf(key: string, owners: readonly PrefixOwner[]): Area {
  return {
    key,
    owners,
    identities: owners.filter((owner) => 'labels' in owner).map(({ labels }) => labels),
    netLists: owners.filter((owner) => 'netList' in owner).map(({ netList }) => netList),
  }
}
