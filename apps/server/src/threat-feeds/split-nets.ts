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
  const filled = cut(list, fillBytes)
  const kept = cutAt(list, starts)
  const isGood =
    kept.length <= 2 * filled.length &&
    kept.every((piece) => piece.length > 0 && sizeOf(piece) <= mostPieceBytes)
  return isGood ? kept : filled
}

function cut(list: readonly Cidr[], most: number): Cidr[][] {
  const pieces: Cidr[][] = []
  let [piece, size]: [Cidr[], number] = [[], 0]
  for (const cidr of list) {
    const more = textSize(cidr)
    if (size + more > most) {
      pieces.push(piece)
      piece = []
      size = 0
    }
    piece.push(cidr)
    size += more
  }
  return piece.length === 0 ? pieces : [...pieces, piece]
}

/** What comes before all starts belongs to the first piece. */
function cutAt(list: readonly Cidr[], starts: readonly Cidr[]): Cidr[][] {
  if (list.length === 0) return []
  const bounds = starts.slice(1).map((start) => indexFrom(list, start))
  const from = [0, ...bounds]
  return from.map((index, at) => list.slice(index, from[at + 1] ?? list.length))
}

/** Of the first that does not come before `start`. */
function indexFrom(list: readonly Cidr[], start: Cidr): number {
  const index = list.findIndex((cidr) => !isBefore(cidr, start))
  return index < 0 ? list.length : index
}

function isBefore(a: Cidr, b: Cidr): boolean {
  return a.version < b.version || (a.version === b.version && a.base < b.base)
}

function sizeOf(piece: readonly Cidr[]): number {
  return piece.reduce((size, cidr) => size + textSize(cidr), 0)
}

/** With its quotes and the comma. */
function textSize(cidr: Cidr): number {
  return formatCidr(cidr).length + 3
}
