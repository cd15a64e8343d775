/** Ranges of addresses of one IP version, as numbers. */
import type { Cidr, IpVersion } from '@margay/netset'
import { countLeading } from '../state/count-leading.ts'

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

export function isSameSpans(left: readonly Span[], right: readonly Span[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ first, last }, i) => first === right[i]?.first && last === right[i]?.last)
  )
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

/** Those that touch become one, also across addresses that do not count: `holes` are ascending. */
export function joinSpans(spans: readonly Span[], holes: readonly bigint[] = []): Span[] {
  const joined: Span[] = []
  for (const span of spans.toSorted(byFirst)) {
    const previous = joined.at(-1)
    if (previous === undefined || !isGapOf(previous.last + 1n, span.first, holes)) joined.push(span)
    else joined[joined.length - 1] = { first: previous.first, last: span.last }
  }
  return joined
}

/** Are all addresses from `first` to before `end` holes? */
function isGapOf(first: bigint, end: bigint, holes: readonly bigint[]): boolean {
  const count = end - first
  if (count <= 0n) return true
  if (count > BigInt(holes.length)) return false
  const start = countLeading(holes, (hole) => hole < first)
  return holes[start + Number(count) - 1] === end - 1n
}

/** The fewest prefixes that hold the same addresses. */
export function cidrsOfSpan({ first, last }: Span, version: IpVersion): Cidr[] {
  const bits = version === 4 ? 32 : 128
  const cidrs: Cidr[] = []
  for (let base = first; base <= last; ) {
    let hostBits = 0
    while (
      hostBits < bits &&
      isAligned(base, hostBits + 1) &&
      base + (1n << BigInt(hostBits + 1)) - 1n <= last
    )
      hostBits++
    cidrs.push({ version, base, prefixLength: bits - hostBits })
    base += 1n << BigInt(hostBits)
  }
  return cidrs
}

function isAligned(base: bigint, hostBits: number): boolean {
  return (base & ((1n << BigInt(hostBits)) - 1n)) === 0n
}

export function byFirst(one: Span, other: Span): number {
  return one.first < other.first ? -1 : one.first > other.first ? 1 : 0
}

/** What of the span is in none of the holes, which are ascending and apart. */
export function cutOut({ first, last }: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = []
  let next = first
  for (let i = countLeading(holes, ({ last }) => last < first); i < holes.length; i++) {
    const hole = holes[i] as Span
    if (hole.first > last) break
    if (hole.first > next) left.push({ first: next, last: hole.first - 1n })
    if (hole.last + 1n > next) next = hole.last + 1n
  }
  if (next <= last) left.push({ first: next, last })
  return left
}
