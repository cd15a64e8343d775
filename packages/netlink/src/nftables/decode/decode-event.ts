/** What the kernel tells listeners about a transaction: one message an object, then one for the new generation. */
import type { NetlinkMessage } from '../../message/messages.ts'
import { generationAttribute, message, NFNL_SUBSYS_NFTABLES } from '../constants.ts'
import type { Flowtable, NamedObject, Table } from '../model.ts'
import { readFlowtable, readNamedObject } from './decode-named.ts'
import { attributesOf, familyOf } from './decode-object.ts'

export type EventObject = 'table' | 'chain' | 'rule' | 'set' | 'elements' | 'object' | 'flowtable'

/** One object that was made, changed or removed. */
export interface ObjectEvent {
  readonly kind: 'object'
  readonly table: Table
  readonly object: EventObject
  readonly action: 'new' | 'delete'
  /** When `object` is `object`, with its value. */
  readonly named?: NamedObject
  /** When `object` is `flowtable`. */
  readonly flowtable?: Flowtable
}

/** The end of a transaction. */
export interface GenerationEvent {
  readonly kind: 'generation'
  /** Of the ruleset, from now on. */
  readonly generation: number
  /** The socket that asked for it; see `NetlinkSocket.port`. */
  readonly port: number
  /** As the first PID namespace of the machine counts; 0 when the kernel does not say. */
  readonly processId: number
  /** At most 15 bytes, for example `nft`. */
  readonly processName: string
}

const objects: ReadonlyMap<number, readonly [EventObject, 'new' | 'delete']> = new Map([
  [message.newTable, ['table', 'new']],
  [message.deleteTable, ['table', 'delete']],
  [message.newChain, ['chain', 'new']],
  [message.deleteChain, ['chain', 'delete']],
  [message.newRule, ['rule', 'new']],
  [message.deleteRule, ['rule', 'delete']],
  [message.newSet, ['set', 'new']],
  [message.deleteSet, ['set', 'delete']],
  [message.newElements, ['elements', 'new']],
  [message.deleteElements, ['elements', 'delete']],
  [message.newObject, ['object', 'new']],
  [message.deleteObject, ['object', 'delete']],
  [message.newFlowtable, ['flowtable', 'new']],
  [message.deleteFlowtable, ['flowtable', 'delete']],
])

/** The table's name is attribute 1 of every object. */
const tableNameAttribute = 1

/** Undefined for what is no change of an object of the model's families. @throws NetlinkDecodeError */
export function readEvent(received: NetlinkMessage): ObjectEvent | GenerationEvent | undefined {
  if (received.type >> 8 !== NFNL_SUBSYS_NFTABLES) return undefined
  const type = received.type & 0xff
  if (type === message.newGeneration) return readGeneration(received)
  const object = objects.get(type)
  const family = familyOf(received)
  if (object === undefined || family === undefined) return undefined
  const name = attributesOf(received).need(tableNameAttribute).string()
  const [what, action] = object
  return { kind: 'object', table: { family, name }, object: what, action, ...detailsOf(received, what) }
}

function detailsOf(received: NetlinkMessage, object: EventObject): Pick<ObjectEvent, 'named' | 'flowtable'> {
  if (object === 'object') return { named: readNamedObject(received).object }
  return object === 'flowtable' ? { flowtable: readFlowtable(received).flowtable } : {}
}

/** @throws NetlinkDecodeError */
export function readGeneration(received: NetlinkMessage): GenerationEvent {
  const fields = attributesOf(received)
  return {
    kind: 'generation',
    generation: fields.need(generationAttribute.id).u32Be(),
    port: received.port,
    processId: fields.find(generationAttribute.processId)?.u32Be() ?? 0,
    processName: fields.find(generationAttribute.processName)?.string() ?? '',
  }
}
