/** The kernel's answers to a batch ▶ the error to throw: which change was refused, and which element of it. */
import type { Refusal } from '../message/acknowledgement.ts'
import type { Attributes } from '../message/attributes.ts'
import { attributeHeaderBytes, messageHeaderBytes } from '../message/constants.ts'
import { type NetlinkMessage, readMessages } from '../message/messages.ts'
import type { Answers } from '../socket/netlink-socket.ts'
import { dataAttribute, elementAttribute, elementListAttribute } from './constants.ts'
import { trimmedKey } from './data-types.ts'
import { attributesOf } from './decode/decode-object.ts'
import type { Batch } from './encode/encode-batch.ts'
import { boundaryBehind, isTree } from './encode/encode-elements.ts'
import type { Change, NftElement, NftElements, NftSet } from './model.ts'
import { NftablesError, type RefusedChange } from './nftables-error.ts'

/** Undefined when the batch was committed. */
export function errorOf(
  changes: readonly Change[],
  batch: Batch,
  { refusals, granted, isIncomplete }: Answers,
): NftablesError | undefined {
  const [first] = refusals
  if (first !== undefined)
    return new NftablesError(first.errno, first.message, refusedBy(first, changes, batch))
  if (granted.has(batch.acknowledged) && !isIncomplete) return undefined
  return new NftablesError(isIncomplete ? 'ENOBUFS' : 'ENODATA', undefined, undefined)
}

function refusedBy(refusal: Refusal, changes: readonly Change[], batch: Batch): RefusedChange | undefined {
  const index = batch.sequences.findLastIndex((first) => first <= refusal.sequence)
  const change = changes[index]
  if (change === undefined) return undefined
  const element =
    'elements' in change ? refusedElement(refusal, change.set, change.elements, batch) : undefined
  return { change, index, element }
}

/** The kernel names a place in the message; what was sent there tells the key. */
function refusedElement(
  { sequence, offset }: Refusal,
  set: NftSet,
  elements: NftElements,
  { bytes }: Batch,
): NftElement | undefined {
  const sent = readMessages(bytes).find((message) => message.sequence === sequence)
  const entry = sent === undefined || offset === undefined ? undefined : entryAt(sent, offset)
  if (entry === undefined) return undefined
  const key = entry.find(elementAttribute.key)?.attributes().need(dataAttribute.value).bytes()
  return [...elements].find((element) => isAbout(element, set, key))
}

function entryAt(message: NetlinkMessage, offset: number): Attributes | undefined {
  const list = attributesOf(message).find(elementListAttribute.elements)
  const at = message.payload.start - messageHeaderBytes + offset
  if (list === undefined) return undefined
  return [...list.attributes()].find((entry) => entry.start - attributeHeaderBytes === at)?.attributes()
}

/** In a tree, the boundary behind an interval is sent like an element. */
function isAbout(element: NftElement, set: NftSet, key: Uint8Array | undefined): boolean {
  if (key === undefined || element.key === undefined) return key === element.key
  const own = [trimmedKey(set, element.key), isTree(set) ? boundaryBehind(set, element) : undefined]
  return own.some((candidate) => candidate !== undefined && Buffer.compare(candidate, key) === 0)
}
