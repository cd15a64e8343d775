/**
 * Elements of sets and maps.
 *
 * A tree (one field, with intervals) has boundaries for elements: one where an interval begins, and one, marked as an end,
 * behind its last key. A concatenation with intervals has the first and the last key in one element.
 */
import type { MessageWriter } from '../../message/message-writer.ts'
import { elementAttribute, elementFlag, listElement } from '../constants.ts'
import { trimmedKey } from '../data-types.ts'
import type { NftElement, NftSet } from '../model.ts'
import { encodeComment } from '../user-data.ts'
import { writeData, writeVerdict } from './encode-data.ts'

/** As one or two entries of a list of elements. @throws RangeError for a comment that is too long */
export function writeElement(writer: MessageWriter, set: NftSet, element: NftElement): void {
  const { key, keyEnd = key } = element
  const isRanged = set.interval === true && !isTree(set)
  // nft(8) crashes where one element of a ranged concatenation has no last key, so a single key is its own last.
  writeEntry(writer, element, key && trimmedKey(set, key), isRanged ? keyEnd : undefined)
  const end = isTree(set) ? boundaryBehind(set, element) : undefined
  if (end !== undefined) writeIntervalEnd(writer, end)
}

/** Intervals of a single field. */
export function isTree({ interval, key }: NftSet): boolean {
  return interval === true && key.length === 1
}

/** Where an interval of a tree ends; undefined when it reaches to the highest key. */
export function boundaryBehind(set: NftSet, { key, keyEnd = key }: NftElement): Uint8Array | undefined {
  return keyEnd && successor(trimmedKey(set, keyEnd))
}

function writeEntry(
  writer: MessageWriter,
  { data, comment }: NftElement,
  key: Uint8Array | undefined,
  keyEnd: Uint8Array | undefined,
): void {
  const entry = writer.startNested(listElement)
  if (key === undefined) writer.u32Be(elementAttribute.flags, elementFlag.catchAll)
  else writeData(writer, elementAttribute.key, key)
  if (keyEnd !== undefined) writeData(writer, elementAttribute.keyEnd, keyEnd)
  if (data instanceof Uint8Array) writeData(writer, elementAttribute.data, data)
  else if (data !== undefined) writeVerdict(writer, elementAttribute.data, data)
  if (comment !== undefined) writer.attribute(elementAttribute.userData, encodeComment(comment))
  writer.endNested(entry)
}

function writeIntervalEnd(writer: MessageWriter, key: Uint8Array): void {
  const entry = writer.startNested(listElement)
  writeData(writer, elementAttribute.key, key)
  writer.u32Be(elementAttribute.flags, elementFlag.intervalEnd)
  writer.endNested(entry)
}

/** The next higher key; undefined behind the highest, where an interval stays open. */
function successor(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice()
  for (let at = next.length - 1; at >= 0; at--) {
    const byte = ((next[at] ?? 0) + 1) & 0xff
    next[at] = byte
    if (byte !== 0) return next
  }
  return undefined
}
