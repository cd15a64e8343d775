/** Ranges of addresses of one IP version, as numbers. */
export interface Span {
  /** The first and the last address, both included. */
  readonly first: bigint
  readonly last: bigint
}

/** What is in the spans of `from`, and in none of `minus`; in the order of `from`. */
export function subtractSpans(from: readonly Span[], minus: readonly Span[]): Span[] {
  const sorted = minus.toSorted(byFirst)
  return from.flatMap((span) => cutOut(span, sorted))
}

/** Both ascending and apart. */
export function intersectSpans(left: readonly Span[], right: readonly Span[]): Span[] {
  const common: Span[] = []
  for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
    const [one, other] = [left[i] as Span, right[j] as Span]
    const first = one.first > other.first ? one.first : other.first
    const last = one.last < other.last ? one.last : other.last
    if (first <= last) common.push({ first, last })
    if (one.last < other.last) i++
    else j++
  }
  return common
}

function byFirst(one: Span, other: Span): number {
  return one.first < other.first ? -1 : one.first > other.first ? 1 : 0
}

function cutOut({ first, last }: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = []
  let next = first
  for (let i = firstEndingAt(holes, first); i < holes.length; i++) {
    const hole = holes[i] as Span
    if (hole.first > last) break
    if (hole.first > next) left.push({ first: next, last: hole.first - 1n })
    if (hole.last + 1n > next) next = hole.last + 1n
  }
  if (next <= last) left.push({ first: next, last })
  return left
}

/** Of holes that are apart, the position of the first that does not end before the address. */
function firstEndingAt(holes: readonly Span[], address: bigint): number {
  let [low, high] = [0, holes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((holes[middle] as Span).last < address) low = middle + 1
    else high = middle
  }
  return low
}
