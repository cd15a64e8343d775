/** Named objects and flowtables, from messages of a dump or of an event. Each throws NetlinkDecodeError for what it can't be. */
import type { Attributes } from '../../message/attributes.ts'
import type { NetlinkMessage } from '../../message/messages.ts'
import { objectKinds } from '../codes.ts'
import {
  flowtableAttribute,
  flowtableHookAttribute,
  helperAttribute,
  objectAttribute,
  quotaAttribute,
} from '../constants.ts'
import type { Flowtable, HelperValue, NamedObject, QuotaValue } from '../model.ts'
import { overIf, readCounter, readLimit } from './decode-expression.ts'
import { attributesOf, type OfTable } from './decode-object.ts'

export function readNamedObject(message: NetlinkMessage): OfTable & { object: NamedObject } {
  const fields = attributesOf(message)
  const code = fields.need(objectAttribute.type).u32Be()
  const kind = objectKinds.nameOf(code) ?? 'other'
  const value = valueFrom(kind, fields.find(objectAttribute.data)?.attributes())
  return {
    table: fields.need(objectAttribute.table).string(),
    object: {
      name: fields.need(objectAttribute.name).string(),
      kind,
      code,
      handle: fields.need(objectAttribute.handle).u64Be(),
      ...(value === undefined ? {} : { value }),
    },
  }
}

function valueFrom(kind: NamedObject['kind'], data: Attributes | undefined): NamedObject['value'] {
  if (data === undefined) return undefined
  switch (kind) {
    case 'counter':
      return readCounter(data)
    case 'limit':
      return readLimit(data)
    case 'quota':
      return readQuota(data)
    case 'ct helper':
      return readHelper(data)
    default:
      return undefined
  }
}

function readQuota(fields: Attributes): QuotaValue {
  return {
    type: 'quota',
    bytes: fields.need(quotaAttribute.bytes).u64Be(),
    usedBytes: fields.find(quotaAttribute.consumed)?.u64Be() ?? 0n,
    ...overIf(fields.find(quotaAttribute.flags)),
  }
}

function readHelper(fields: Attributes): HelperValue {
  const helper = fields.need(helperAttribute.name).string()
  return { type: 'ct helper', helper, protocol: fields.need(helperAttribute.protocol).u8() }
}

export function readFlowtable(message: NetlinkMessage): OfTable & { flowtable: Flowtable } {
  const fields = attributesOf(message)
  const hook = fields.find(flowtableAttribute.hook)?.attributes()
  const devices = hook?.find(flowtableHookAttribute.devices)?.attributes() ?? []
  return {
    table: fields.need(flowtableAttribute.table).string(),
    flowtable: {
      name: fields.need(flowtableAttribute.name).string(),
      handle: fields.need(flowtableAttribute.handle).u64Be(),
      priority: hook?.find(flowtableHookAttribute.priority)?.i32Be() ?? 0,
      devices: [...devices].map((device) => device.string()),
    },
  }
}
