/**
 * Sets of addresses written as lists of CIDRs.
 *
 * Every answer is canonical: the fewest CIDRs that hold exactly those addresses, which are disjoint and sorted
 * (version 4 first, then by address). Equal sets therefore give equal lists.
 * Cost: O(n log n) for n CIDRs in and out.
 */
import { type Cidr, compareCidrs, lastAddress } from './cidr.ts'
import { addressBits, type IpVersion } from './ip.ts'

/** The same addresses in canonical form. */
export function mergeCidrs(cidrs: Iterable<Cidr>): Cidr[] {
  return spansOf(cidrs).flatMap(cidrsOfSpan)
}

/** The addresses of `from` that are not in `minus`, in canonical form. */
export function subtractCidrs(from: Iterable<Cidr>, minus: Iterable<Cidr>): Cidr[] {
  const holes = spansOf(minus)
  let next = 0
  return spansOf(from).flatMap((span) => {
    // Both lists are sorted: a hole that ends before this span ends before all later ones too.
    while (isBefore(holes[next], span)) next += 1
    return cutOut(span, holes, next).flatMap(cidrsOfSpan)
  })
}

/** All addresses from `first` to `last`, both included. */
interface Span {
  readonly version: IpVersion
  readonly first: bigint
  readonly last: bigint
}

/** Sorted, disjoint, and with a gap between any two. */
function spansOf(cidrs: Iterable<Cidr>): Span[] {
  const spans: Span[] = []
  for (const cidr of [...cidrs].sort(compareCidrs)) {
    const span = { version: cidr.version, first: cidr.base, last: lastAddress(cidr) }
    const previous = spans.at(-1)
    if (previous?.version !== span.version || span.first > previous.last + 1n) spans.push(span)
    else if (span.last > previous.last) spans[spans.length - 1] = { ...previous, last: span.last }
  }
  return spans
}

function isBefore(hole: Span | undefined, span: Span): boolean {
  if (hole === undefined) return false
  return hole.version < span.version || (hole.version === span.version && hole.last < span.first)
}

function cutOut(span: Span, holes: readonly Span[], from: number): Span[] {
  const rest: Span[] = []
  let first = span.first
  for (let index = from; index < holes.length; index += 1) {
    const hole = holes[index]
    if (hole === undefined || hole.version !== span.version || hole.first > span.last) break
    if (hole.first > first) rest.push({ ...span, first, last: hole.first - 1n })
    first = hole.last + 1n
  }
  if (first <= span.last) rest.push({ ...span, first })
  return rest
}

/** The largest aligned block that starts here and fits, again and again: no shorter list exists. */
function cidrsOfSpan(span: Span): Cidr[] {
  const bits = addressBits(span.version)
  const cidrs: Cidr[] = []
  for (let base = span.first; base <= span.last; ) {
    const hostBits = largestBlock(base, span.last, bits)
    cidrs.push({ version: span.version, base, prefixLength: bits - hostBits })
    base += 1n << BigInt(hostBits)
  }
  return cidrs
}

/** How many host bits the largest block has that starts at `base` and does not go beyond `last`. */
function largestBlock(base: bigint, last: bigint, bits: number): number {
  const aligned = base === 0n ? bits : bitLength(base & -base) - 1
  return Math.min(aligned, bitLength(last - base + 1n) - 1)
}

/** The number of binary digits of a positive number. */
function bitLength(value: bigint): number {
  return value.toString(2).length
}
