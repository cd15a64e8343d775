/** The attributes of tables, chains, sets and rules. */
import type { MessageWriter } from '../../message/message-writer.ts'
import { dataTypes, hookNumber } from '../codes.ts'
import {
  chainAttribute,
  deviceName,
  hookAttribute,
  listElement,
  NFT_DATA_VERDICT,
  ruleAttribute,
  setAttribute,
  setDescriptionAttribute,
  setFieldLength,
  setFlag,
  tableAttribute,
} from '../constants.ts'
import { concatenatedBytes, fieldBytes, isHostOrder } from '../data-types.ts'
import type { Chain, ChainHook, DataType, Family, NftRule, NftSet, Table } from '../model.ts'
import {
  commentDatum,
  encodeComment,
  encodeUserData,
  setCommentType,
  setDataOrderType,
  setKeyOrderType,
} from '../user-data.ts'
import { writeExpression } from './encode-expression.ts'

/** Flags of 0 wake a table that somebody else made dormant. */
export function writeTable(writer: MessageWriter, { name }: Table): void {
  writer.string(tableAttribute.name, name)
  writer.u32Be(tableAttribute.flags, 0)
}

export function writeChain(writer: MessageWriter, table: Table, { name, hook, comment }: Chain): void {
  writer.string(chainAttribute.table, table.name)
  writer.string(chainAttribute.name, name)
  if (comment !== undefined) writer.attribute(chainAttribute.userData, encodeComment(comment))
  if (hook === undefined) return
  writeHook(writer, table.family, hook, hook.devices)
  writer.u32Be(chainAttribute.policy, hook.policy === 'drop' ? 0 : 1)
  writer.string(chainAttribute.type, hook.type)
}

/** Names the chain, and devices that it is to lose: of a chain to delete, without devices the chain itself goes. */
export function writeHookedDevices(
  writer: MessageWriter,
  table: Table,
  { name, hook }: Chain,
  devices: readonly string[],
): void {
  if (hook === undefined || devices.length === 0) throw new RangeError(`chain ${name} is to lose no devices`)
  writer.string(chainAttribute.table, table.name)
  writer.string(chainAttribute.name, name)
  writeHook(writer, table.family, hook, devices)
}

function writeHook(
  writer: MessageWriter,
  family: Family,
  { hook, priority }: ChainHook,
  devices: readonly string[] | undefined,
): void {
  writer.nested(chainAttribute.hook, () => {
    writer.u32Be(hookAttribute.number, hookNumber(family, hook))
    writer.u32Be(hookAttribute.priority, priority >>> 0)
    if (devices === undefined || devices.length === 0) return
    writer.nested(hookAttribute.devices, () => {
      for (const device of devices) writer.string(deviceName, device)
    })
  })
}

/** One rule that is there. */
export function writeRuleHandle(writer: MessageWriter, table: Table, chain: string, handle: bigint): void {
  writer.string(ruleAttribute.table, table.name)
  writer.string(ruleAttribute.chain, chain)
  writer.u64Be(ruleAttribute.handle, handle)
}

export function writeRule(writer: MessageWriter, table: Table, chain: string, rule: NftRule): void {
  writer.string(ruleAttribute.table, table.name)
  writer.string(ruleAttribute.chain, chain)
  const list = writer.startNested(ruleAttribute.expressions)
  for (const expression of rule.expressions) writeExpression(writer, expression)
  writer.endNested(list)
  if (rule.comment !== undefined) writer.attribute(ruleAttribute.userData, encodeComment(rule.comment))
}

/** `id` is any number that no other new set of the batch has. */
export function writeSet(writer: MessageWriter, table: Table, set: NftSet, id: number): void {
  writer.string(setAttribute.table, table.name)
  writer.string(setAttribute.name, set.name)
  writer.u32Be(setAttribute.flags, flagsOf(set))
  writer.u32Be(setAttribute.keyType, typeCode(set.key))
  writer.u32Be(setAttribute.keyLength, concatenatedBytes(set.key))
  writeDataType(writer, set)
  writer.u32Be(setAttribute.id, id)
  writeDescription(writer, set)
  if (set.timeoutMs !== undefined) writer.u64Be(setAttribute.timeout, BigInt(set.timeoutMs))
  writer.attribute(setAttribute.userData, userDataOf(set))
}

function isRangedConcatenation(set: NftSet): boolean {
  return set.interval === true && set.key.length > 1
}

function flagsOf(set: NftSet): number {
  return (
    (set.interval === true ? setFlag.interval : 0) |
    (set.data === undefined ? 0 : setFlag.map) |
    (set.timeoutMs === undefined ? 0 : setFlag.timeout) |
    (set.dynamic === true ? setFlag.dynamic : 0) |
    (isRangedConcatenation(set) ? setFlag.concatenation : 0)
  )
}

const bitsOfType = 6
const mostFields = 5

/** The number of a concatenation is made of those of its fields. @throws RangeError for none, or more than fit in 32 bits */
function typeCode(fields: readonly DataType[]): number {
  if (fields.length === 0 || fields.length > mostFields)
    throw new RangeError(`a key or datum has 1 to ${mostFields} fields, not ${fields.length}`)
  return fields.reduce((code, type) => (code << bitsOfType) | dataTypes.codeOf(type), 0)
}

function writeDataType(writer: MessageWriter, { data }: NftSet): void {
  if (data === undefined) return
  writer.u32Be(setAttribute.dataType, data === 'verdict' ? NFT_DATA_VERDICT : typeCode(data))
  if (data !== 'verdict') writer.u32Be(setAttribute.dataLength, concatenatedBytes(data))
}

/** Only a concatenation with intervals tells the kernel its fields; to others the key is just bytes. */
function writeDescription(writer: MessageWriter, set: NftSet): void {
  if (set.size === undefined && !isRangedConcatenation(set)) return
  writer.nested(setAttribute.description, () => {
    if (set.size !== undefined) writer.u32Be(setDescriptionAttribute.size, set.size)
    if (isRangedConcatenation(set))
      writer.nested(setDescriptionAttribute.concatenation, () => {
        for (const type of set.key)
          writer.nested(listElement, () => writer.u32Be(setFieldLength, fieldBytes(type)))
      })
  })
}

function userDataOf(set: NftSet): Uint8Array {
  return encodeUserData([
    { type: setKeyOrderType, value: byteOrder(set.key) },
    ...(Array.isArray(set.data) ? [{ type: setDataOrderType, value: byteOrder(set.data) }] : []),
    ...(set.comment === undefined ? [] : [commentDatum(setCommentType, set.comment)]),
  ])
}

/** nft's numbers, as a u32 in host order: 1 for host order, 2 for network order; each field of a concatenation has its own. */
function byteOrder(fields: readonly DataType[]): Uint8Array {
  return Uint8Array.of(fields.length === 1 && fields.every(isHostOrder) ? 1 : 2, 0, 0, 0)
}
