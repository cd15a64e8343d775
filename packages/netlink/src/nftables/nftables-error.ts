/** A batch that the kernel refused: nothing of it was done. */
import { NetlinkError } from '../errors.ts'
import { formatChange } from './format/format-change.ts'
import { formatElementKey } from './format/format-table.ts'
import type { Change, NftElement } from './model.ts'

export interface RefusedChange {
  readonly change: Change
  /** Its place in the batch, from 0. */
  readonly index: number
  /** The element that was not accepted, when the kernel says which. */
  readonly element: NftElement | undefined
}

export class NftablesError extends NetlinkError {
  override readonly name = 'NftablesError'
  /** The first change that was refused; undefined when the batch as a whole was, as for lack of rights. */
  readonly refused: RefusedChange | undefined

  constructor(errno: string, kernelMessage: string | undefined, refused: RefusedChange | undefined) {
    super(describe(refused), errno, kernelMessage)
    this.refused = refused
  }
}

function describe(refused: RefusedChange | undefined): string {
  if (refused === undefined) return 'nftables: batch refused'
  const { change, element } = refused
  const detail =
    element !== undefined && 'elements' in change ? `: ${formatElementKey(change.set, element)}` : ''
  return `nftables: ${formatChange(change)}${detail}`
}
