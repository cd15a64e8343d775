/**
 * A long list in pieces that each fit into one object.
 *
 * Holds  1. The pieces are the list, in its order.
 *        2. Where a list has changed a little, so have a few pieces: they go on beginning where they did, while that works.
 */
import { type Cidr, formatCidr } from '@margay/netset'

/**
 * Of the texts of one piece, in JSON. An etcd takes 1.5 MiB at once, which has to hold a piece that grows into its successor, twice that for
 * an audit record in full, and half as much for the record of what was there before.
 */
export const mostPieceBytes = 256 * 1024
/** Room to grow. */
const fillBytes = (mostPieceBytes * 3) / 4

/** `list` is canonical (see `mergeCidrs`); `starts` has the first CIDR of each piece that there was, in order. */
export function splitNets(list: readonly Cidr[], starts: readonly Cidr[]): Cidr[][] {
  const sizes = list.map(textSize)
  const filled = filledBounds(sizes)
  const kept = keptBounds(list, starts)
  return cutAt(list, isGood(kept, sizes, filled.length) ? kept : filled)
}

/** Where each piece begins, if they are filled one after the other. */
function filledBounds(sizes: readonly number[]): number[] {
  const bounds: number[] = []
  let filled = fillBytes
  for (const [index, size] of sizes.entries()) {
    if (filled + size > fillBytes) {
      bounds.push(index)
      filled = 0
    }
    filled += size
  }
  return bounds
}

/** Where each piece begins, if they begin where they did. What comes before all of them belongs to the first. */
function keptBounds(list: readonly Cidr[], starts: readonly Cidr[]): number[] {
  if (list.length === 0) return []
  const bounds = starts.slice(1).map((start) => list.findIndex((cidr) => !isBefore(cidr, start)))
  return [0, ...bounds.map((index) => (index < 0 ? list.length : index))]
}

/** None is empty or too large, and there are not many more than needed. */
function isGood(bounds: readonly number[], sizes: readonly number[], needed: number): boolean {
  if (bounds.length > 2 * needed) return false
  return bounds.every((from, at) => {
    const piece = sizes.slice(from, bounds[at + 1])
    return piece.length > 0 && piece.reduce((sum, size) => sum + size, 0) <= mostPieceBytes
  })
}

function cutAt(list: readonly Cidr[], bounds: readonly number[]): Cidr[][] {
  return bounds.map((from, at) => list.slice(from, bounds[at + 1]))
}

function isBefore(a: Cidr, b: Cidr): boolean {
  return a.version < b.version || (a.version === b.version && a.base < b.base)
}

/** With its quotes and the comma. */
function textSize(cidr: Cidr): number {
  return formatCidr(cidr).length + 3
}
