/**
 * Sets of pairs of numbers: what stands in the first four bytes behind the IP header. For TCP, UDP and SCTP the pair is source and
 * destination port; for ICMP it is type × 256 + code, and nothing. Source: RFC 9293, 768, 9260, 792, 4443.
 *
 * A region is a list of slabs, canonical: ascending and apart by their first numbers, none empty, neighbours that touch differ. So
 * equal sets are equal lists.
 */
import { intersectPorts, mergePorts, type PortRange, subtractPorts } from '@margay/netset'

/** Every pair of a first number from the range and a second one from the list, which is canonical and not empty. */
export interface Slab {
  readonly first: PortRange
  readonly second: readonly PortRange[]
}

export type Region = readonly Slab[]

const highest = 65_535

export const everyNumber: readonly PortRange[] = [{ min: 0, max: highest }]
export const noPairs: Region = []
export const everyPair: Region = [{ first: { min: 0, max: highest }, second: everyNumber }]

/** All pairs of a first and a second number from the lists. */
export function rectangle(first: readonly PortRange[], second: readonly PortRange[]): Region {
  const merged = mergePorts(second)
  return merged.length === 0 ? noPairs : mergePorts(first).map((range) => ({ first: range, second: merged }))
}

export function uniteRegions(left: Region, right: Region): Region {
  return combine(left, right, (one, other) => mergePorts([...one, ...other]))
}

export function intersectRegions(left: Region, right: Region): Region {
  return combine(left, right, intersectPorts)
}

export function subtractRegions(from: Region, minus: Region): Region {
  return combine(from, minus, subtractPorts)
}

/** Equal for equal sets, and only for these. */
export function regionKey(region: Region): string {
  return region.map(({ first, second }) => `${rangeText(first)}x${second.map(rangeText).join(',')}`).join(';')
}

export function regionHolds(region: Region, first: number, second: number): boolean {
  return region.some((slab) => holds(slab.first, first) && slab.second.some((range) => holds(range, second)))
}

function rangeText({ min, max }: PortRange): string {
  return min === max ? `${min}` : `${min}-${max}`
}

function holds({ min, max }: PortRange, number: number): boolean {
  return min <= number && number <= max
}

type Combine = (left: readonly PortRange[], right: readonly PortRange[]) => PortRange[]

/** Between two neighbouring starts of slabs both sides say one thing. */
function combine(left: Region, right: Region, combineSeconds: Combine): Region {
  const slabs: Slab[] = []
  const [ones, others] = [new Cursor(left), new Cursor(right)]
  for (let min = 0; min <= highest; ) {
    const [one, other] = [ones.at(min), others.at(min)]
    const max = Math.min(one.last, other.last)
    push(slabs, { first: { min, max }, second: combineSeconds(one.second, other.second) })
    min = max + 1
  }
  return slabs
}

function push(slabs: Slab[], slab: Slab): void {
  if (slab.second.length === 0) return
  const previous = slabs.at(-1)
  const touches = previous !== undefined && previous.first.max + 1 === slab.first.min
  if (!touches || !isSameList(previous.second, slab.second)) slabs.push(slab)
  else
    slabs[slabs.length - 1] = {
      first: { min: previous.first.min, max: slab.first.max },
      second: slab.second,
    }
}

function isSameList(one: readonly PortRange[], other: readonly PortRange[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ min, max }, i) => min === other[i]?.min && max === other[i]?.max)
  )
}

/** Asked about ascending first numbers. */
class Cursor {
  readonly #region: Region
  #position = 0

  constructor(region: Region) {
    this.#region = region
  }

  /** The second numbers, and the last first number up to which they are the same. */
  at(first: number): { readonly second: readonly PortRange[]; readonly last: number } {
    let slab = this.#region[this.#position]
    while (slab !== undefined && slab.first.max < first) {
      this.#position += 1
      slab = this.#region[this.#position]
    }
    if (slab === undefined) return { second: [], last: highest }
    if (slab.first.min > first) return { second: [], last: slab.first.min - 1 }
    return { second: slab.second, last: slab.first.max }
  }
}
