/** Elements of sets, from messages of a dump; the boundaries of a tree become intervals again. */
import { NetlinkDecodeError } from '../../errors.ts'
import type { Attribute } from '../../message/attributes.ts'
import type { NetlinkMessage } from '../../message/messages.ts'
import { elementAttribute, elementFlag, elementListAttribute } from '../constants.ts'
import type { NftElement, NftSet } from '../model.ts'
import { commentIn } from '../user-data.ts'
import { readData, readValue } from './decode-data.ts'
import { attributesOf } from './decode-object.ts'

/** @throws NetlinkDecodeError */
export function readElements(messages: readonly NetlinkMessage[], set: NftSet): NftElement[] {
  if (set.key.length === 0) return []
  const entries = messages.flatMap((message) => {
    const list = attributesOf(message).find(elementListAttribute.elements)
    return list === undefined ? [] : [...list.attributes()].map(readEntry)
  })
  return set.interval === true && set.key.length === 1 ? intervalsOf(entries) : entries
}

interface Entry extends NftElement {
  readonly isEnd?: true
}

function readEntry(entry: Attribute): Entry {
  const fields = entry.attributes()
  const flags = fields.find(elementAttribute.flags)?.u32Be() ?? 0
  const key = (flags & elementFlag.catchAll) === 0 ? readValue(fields.need(elementAttribute.key)) : undefined
  const end = fields.find(elementAttribute.keyEnd)
  const keyEnd = end === undefined ? undefined : readValue(end)
  const data = dataIn(fields.find(elementAttribute.data))
  const comment = commentIn(fields.find(elementAttribute.userData)?.bytes())
  return {
    key,
    ...(keyEnd === undefined || sameBytes(keyEnd, key) ? {} : { keyEnd }),
    ...(data === undefined ? {} : { data }),
    ...(comment === undefined ? {} : { comment }),
    ...((flags & elementFlag.intervalEnd) === 0 ? {} : { isEnd: true }),
  }
}

/** @throws NetlinkDecodeError for a verdict that the model does not have */
function dataIn(attribute: Attribute | undefined): NftElement['data'] | undefined {
  if (attribute === undefined) return undefined
  const data = readData(attribute)
  if (data === undefined) throw new NetlinkDecodeError('an unknown verdict', attribute.start)
  return data
}

function intervalsOf(entries: readonly Entry[]): NftElement[] {
  const catchAll = entries.filter(({ key }) => key === undefined)
  const boundaries = entries
    .flatMap((entry) => (entry.key === undefined ? [] : [{ ...entry, key: entry.key }]))
    .sort((a, b) => compareBytes(a.key, b.key) || Number(b.isEnd ?? false) - Number(a.isEnd ?? false))
  const intervals = boundaries.flatMap((entry, index) =>
    entry.isEnd === true ? [] : [closed(entry, boundaries[index + 1]?.key)],
  )
  return [...intervals, ...catchAll]
}

/** An interval reaches to the next boundary, whatever begins or ends there. */
function closed(element: NftElement & { key: Uint8Array }, next: Uint8Array | undefined): NftElement {
  const keyEnd = next === undefined ? element.key.slice().fill(0xff) : predecessor(next)
  return sameBytes(keyEnd, element.key) ? element : { ...element, keyEnd }
}

function predecessor(key: Uint8Array): Uint8Array {
  const previous = key.slice()
  for (let at = previous.length - 1; at >= 0; at--) {
    const byte = ((previous[at] ?? 0) - 1) & 0xff
    previous[at] = byte
    if (byte !== 0xff) break
  }
  return previous
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && compareBytes(a, b) === 0
}
