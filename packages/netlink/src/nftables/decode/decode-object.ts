/** Tables, chains, sets and rules, from messages of a dump. Each throws NetlinkDecodeError for what it can't be. */
import { NetlinkDecodeError } from '../../errors.ts'
import type { Attribute, Attributes } from '../../message/attributes.ts'
import type { NetlinkMessage } from '../../message/messages.ts'
import { dataTypes, families, hookName } from '../codes.ts'
import {
  chainAttribute,
  hookAttribute,
  NFT_DATA_VERDICT,
  ruleAttribute,
  setAttribute,
  setDescriptionAttribute,
  setFlag,
  tableAttribute,
  tableFlag,
} from '../constants.ts'
import { concatenatedBytes } from '../data-types.ts'
import type { Chain, ChainHook, DataType, Family, NftRule, NftSet, Table } from '../model.ts'
import { commentIn, setCommentType } from '../user-data.ts'
import { readExpression } from './decode-expression.ts'

/** `struct nfgenmsg` stands before the attributes: family u8, version u8, subsystem's own u16. */
const headerBytes = 4

export function attributesOf({ payload }: NetlinkMessage): Attributes {
  return payload.after(headerBytes).attributes()
}

/** Undefined for one that the model does not have. */
export function familyOf({ payload }: NetlinkMessage): Family | undefined {
  return families.nameOf(payload.u8())
}

export interface ReadTable {
  readonly name: string
  readonly isDormant: boolean
}

export function readTable(message: NetlinkMessage): ReadTable {
  const fields = attributesOf(message)
  const flags = fields.find(tableAttribute.flags)?.u32Be() ?? 0
  return { name: fields.need(tableAttribute.name).string(), isDormant: (flags & tableFlag.dormant) !== 0 }
}

export interface OfTable {
  readonly table: string
}

export function readChain(message: NetlinkMessage, family: Table['family']): OfTable & { chain: Chain } {
  const fields = attributesOf(message)
  const name = fields.need(chainAttribute.name).string()
  const comment = commentIn(fields.find(chainAttribute.userData)?.bytes())
  const hook = readHook(fields, family)
  return {
    table: fields.need(chainAttribute.table).string(),
    chain: { name, ...(hook === undefined ? {} : { hook }), ...(comment === undefined ? {} : { comment }) },
  }
}

function readHook(fields: Attributes, family: Table['family']): ChainHook | undefined {
  const hook = fields.find(chainAttribute.hook)?.attributes()
  if (hook === undefined) return undefined
  const number = hook.need(hookAttribute.number)
  const name = hookName(family, number.u32Be())
  const type = fields.need(chainAttribute.type).string()
  if (name === undefined || (type !== 'filter' && type !== 'nat' && type !== 'route'))
    throw new NetlinkDecodeError(`no hook of ${family}`, number.start)
  const devices = devicesOf(hook)
  return {
    type,
    hook: name,
    priority: hook.need(hookAttribute.priority).i32Be(),
    policy: (fields.find(chainAttribute.policy)?.u32Be() ?? 1) === 0 ? 'drop' : 'accept',
    ...(devices.length === 0 ? {} : { devices }),
  }
}

/** The kernel gives one device twice, by itself and as a list. */
function devicesOf(hook: Attributes): string[] {
  const list = hook.find(hookAttribute.devices)?.attributes()
  if (list !== undefined) return [...list].map((device) => device.string())
  const one = hook.find(hookAttribute.device)?.string()
  return one === undefined ? [] : [one]
}

export function readRule(message: NetlinkMessage): OfTable & { chain: string; rule: NftRule } {
  const fields = attributesOf(message)
  const comment = commentIn(fields.find(ruleAttribute.userData)?.bytes())
  const list = fields.find(ruleAttribute.expressions)
  const expressions = list === undefined ? [] : [...list.attributes()].map(readExpression)
  return {
    table: fields.need(ruleAttribute.table).string(),
    chain: fields.need(ruleAttribute.chain).string(),
    rule: { expressions, ...(comment === undefined ? {} : { comment }) },
  }
}

/** By which one rule can be deleted. */
export function readRuleHandle(message: NetlinkMessage): OfTable & { chain: string; handle: bigint } {
  const fields = attributesOf(message)
  return {
    table: fields.need(ruleAttribute.table).string(),
    chain: fields.need(ruleAttribute.chain).string(),
    handle: fields.need(ruleAttribute.handle).u64Be(),
  }
}

/** Undefined for a nameless set that belongs to one rule. */
export function readSet(message: NetlinkMessage): (OfTable & { set: NftSet }) | undefined {
  const fields = attributesOf(message)
  const flags = fields.find(setAttribute.flags)?.u32Be() ?? 0
  if ((flags & setFlag.anonymous) !== 0) return undefined
  return { table: fields.need(setAttribute.table).string(), set: setOf(fields, flags) }
}

function setOf(fields: Attributes, flags: number): NftSet {
  const name = fields.need(setAttribute.name).string()
  const key = fieldsOf(fields.find(setAttribute.keyType), fields.find(setAttribute.keyLength))
  const data = (flags & setFlag.map) === 0 ? undefined : dataOf(fields)
  if (key === undefined || data === 'unknown' || (flags & setFlag.object) !== 0) return { name, key: [] }
  const size = fields.find(setAttribute.description)?.attributes().find(setDescriptionAttribute.size)?.u32Be()
  const timeout = fields.find(setAttribute.timeout)?.u64Be()
  const comment = commentIn(fields.find(setAttribute.userData)?.bytes(), setCommentType)
  return {
    name,
    key,
    ...(data === undefined ? {} : { data }),
    ...((flags & setFlag.interval) === 0 ? {} : { interval: true }),
    ...((flags & setFlag.dynamic) === 0 ? {} : { dynamic: true }),
    ...(timeout === undefined ? {} : { timeoutMs: Number(timeout) }),
    ...(size === undefined ? {} : { size }),
    ...(comment === undefined ? {} : { comment }),
  }
}

function dataOf(fields: Attributes): NonNullable<NftSet['data']> | 'unknown' {
  const type = fields.find(setAttribute.dataType)
  if (type?.u32Be() === NFT_DATA_VERDICT) return 'verdict'
  return fieldsOf(type, fields.find(setAttribute.dataLength)) ?? 'unknown'
}

/** Undefined when a type is not the model's, or the length says that they mean something else. */
function fieldsOf(type: Attribute | undefined, length: Attribute | undefined): DataType[] | undefined {
  const fields: DataType[] = []
  for (let code = type?.u32Be() ?? 0; code !== 0; code >>>= 6) {
    const field = dataTypes.nameOf(code & 0x3f)
    if (field === undefined) return undefined
    fields.unshift(field)
  }
  return fields.length > 0 && concatenatedBytes(fields) === length?.u32Be() ? fields : undefined
}
