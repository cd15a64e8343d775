/** Where addresses are in another area than before. */
import { type Area, type AreaRange, type Areas, nowhere } from './areas.ts'

export interface Span {
  /** The first and the last address, both included, as numbers. */
  readonly first: bigint
  readonly last: bigint
}

/** Past all addresses of both versions. */
const end = 1n << 128n

/** Ascending, and apart. Cost: O(ranges of both). */
export function areaDifferences(before: Areas, now: Areas): Span[] {
  const [left, right] = [new Cursor(before), new Cursor(now)]
  const spans: Span[] = []
  for (let next = 0n; next < end; ) {
    const [one, other] = [left.at(next), right.at(next)]
    const last = one.last < other.last ? one.last : other.last
    if (one.area !== other.area) spans.push({ first: next, last })
    next = last + 1n
  }
  return spans
}

/** Asked about ascending addresses. */
class Cursor {
  readonly #ranges: readonly AreaRange[]
  #position = 0

  constructor({ ranges }: Areas) {
    this.#ranges = ranges
  }

  /** The area of an address, and the last address up to which it is the same. */
  at(address: bigint): { readonly area: Area; readonly last: bigint } {
    let range = this.#ranges[this.#position]
    while (range !== undefined && range.last < address) {
      this.#position += 1
      range = this.#ranges[this.#position]
    }
    if (range === undefined) return { area: nowhere, last: end }
    return range.first <= address ? range : { area: nowhere, last: range.first - 1n }
  }
}
