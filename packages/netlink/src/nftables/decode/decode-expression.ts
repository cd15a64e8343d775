/**
 * Expressions of a rule. What is not exactly one of the model's (an unknown kind, key or attribute) stays as it is, as `other`:
 * a rule that somebody changed never reads like one of ours.
 */
import { NetlinkDecodeError } from '../../errors.ts'
import type { Attribute, Attributes } from '../../message/attributes.ts'
import {
  compareOperators,
  conntrackDirections,
  conntrackKeys,
  conntrackTupleKeys,
  defaultLogLevel,
  extensionHeaders,
  fibAddresses,
  fibKeys,
  fibResults,
  limitPeriods,
  limitUnits,
  logLevels,
  metaKeys,
  payloadBases,
  settableMetaKeys,
} from '../codes.ts'
import { expressionAttribute, NFT_REG_VERDICT, NFT_REG32_00 } from '../constants.ts'
import type {
  CounterExpression,
  Expression,
  LimitExpression,
  LookupExpression,
  Register,
  RejectExpression,
} from '../model.ts'
import { readData, readValue } from './decode-data.ts'
import { readQueue, readQueueTarget } from './decode-queue.ts'

/** @throws NetlinkDecodeError */
export function readExpression(entry: Attribute): Expression {
  const parts = entry.attributes()
  const name = parts.need(expressionAttribute.name).string()
  const data = parts.find(expressionAttribute.data)
  if (name === 'notrack') return { type: 'notrack' }
  if (data === undefined) return { type: 'other', name, data: new Uint8Array(0) }
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  return read?.(data.attributes()) ?? { type: 'other', name, data: data.bytes().slice() }
}

/** The value of a named counter has the same form as the expression. @throws NetlinkDecodeError */
export function readCounter(fields: Attributes): CounterExpression {
  const [byteCount, packets] = [fields.need(1), fields.need(2)]
  return { type: 'counter', bytes: byteCount.u64Be(), packets: packets.u64Be() }
}

/** Undefined when it is not one of the model's. */
type Reader = (fields: Attributes) => Expression | undefined

const readers: Readonly<Record<string, Reader>> = {
  meta: readMeta,
  payload: (fields) => {
    const base = payloadBases.nameOf(fields.find(2)?.u32Be() ?? unknown)
    const to = fields.find(1)
    if (base === undefined || to === undefined) return undefined
    const [offset, length] = [fields.need(3).u32Be(), fields.need(4).u32Be()]
    return { type: 'payload', base, offset, length, to: register(to) }
  },
  exthdr: readExtensionHeader,
  ct: readConntrack,
  fib: readFib,
  bitwise: (fields) => {
    if ((fields.find(6)?.u32Be() ?? 0) !== 0) return undefined
    const [mask, xor] = [fields.find(4), fields.find(5)]
    if (mask === undefined || xor === undefined) return undefined
    const [from, to] = [register(fields.need(1)), register(fields.need(2))]
    return { type: 'bitwise', from, to, mask: readValue(mask), xor: readValue(xor) }
  },
  cmp: (fields) => {
    const operator = compareOperators.nameOf(fields.need(2).u32Be())
    if (operator === undefined) return undefined
    return { type: 'cmp', operator, from: register(fields.need(1)), value: readValue(fields.need(3)) }
  },
  range: (fields) => {
    const operator = compareOperators.nameOf(fields.need(2).u32Be())
    if (operator !== '==' && operator !== '!=') return undefined
    const [first, last] = [readValue(fields.need(3)), readValue(fields.need(4))]
    return { type: 'range', operator, from: register(fields.need(1)), first, last }
  },
  lookup: readLookup,
  immediate: (fields) => {
    const data = readData(fields.need(2))
    if (data === undefined) return undefined
    if (!(data instanceof Uint8Array)) return { type: 'verdict', verdict: data }
    return { type: 'immediate', to: register(fields.need(1)), value: data }
  },
  counter: readCounter,
  limit: readLimit,
  connlimit: (fields) => {
    const count = fields.need(1).u32Be()
    return { type: 'connlimit', count, ...overIf(fields.find(2)) }
  },
  log: readLog,
  reject: readReject,
  queue: readQueue,
  target: readQueueTarget,
}

/** No code of the kernel's. */
const unknown = 0xffffffff

function readMeta(fields: Attributes): Expression | undefined {
  const code = fields.need(2).u32Be()
  const from = fields.find(3)
  if (from !== undefined) {
    const key = settableMetaKeys.nameOf(code)
    return key === undefined ? undefined : { type: 'set-meta', key, from: register(from) }
  }
  const key = metaKeys.nameOf(code)
  return key === undefined ? undefined : { type: 'meta', key, to: register(fields.need(1)) }
}

/** Only those that ask whether it is there: operation 0 is IPv6's. */
function readExtensionHeader(fields: Attributes): Expression | undefined {
  const header = extensionHeaders.nameOf(fields.find(2)?.u8() ?? unknown)
  const [to, offset, length, flags, operation] = [1, 3, 4, 5, 6].map((number) => fields.find(number))
  const isPresence = flags?.u32Be() === 1 && offset?.u32Be() === 0 && length?.u32Be() === 1
  if (header === undefined || to === undefined || !isPresence || (operation?.u32Be() ?? 0) !== 0)
    return undefined
  return { type: 'exthdr', header, to: register(to) }
}

/** Those that write a connection's mark have no destination. */
function readConntrack(fields: Attributes): Expression | undefined {
  const [code, to, direction] = [fields.need(2).u32Be(), fields.find(1), fields.find(3)?.u8()]
  if (to === undefined) return undefined
  const key = direction === undefined ? conntrackKeys.nameOf(code) : undefined
  if (key !== undefined) return { type: 'ct', key, to: register(to) }
  const tupleKey = conntrackTupleKeys.nameOf(code)
  const side = conntrackDirections.nameOf(direction ?? unknown)
  if (tupleKey === undefined || side === undefined) return undefined
  return { type: 'ct', key: tupleKey, direction: side, to: register(to) }
}

function readFib(fields: Attributes): Expression | undefined {
  const result = fibResults.nameOf(fields.need(2).u32Be())
  const flags = fields.need(3).u32Be()
  const lookUp = fibAddresses.nameOf(flags & 3)
  const keys = (['mark', 'iif', 'oif'] as const).filter((key) => (flags & fibKeys.codeOf(key)) !== 0)
  if (result === undefined || lookUp === undefined || flags >= 32) return undefined
  return { type: 'fib', lookUp, with: keys, result, to: register(fields.need(1)) }
}

function readLookup(fields: Attributes): LookupExpression {
  const to = fields.find(3)
  return {
    type: 'lookup',
    set: fields.need(1).string(),
    from: register(fields.need(2)),
    ...(to === undefined ? {} : to.u32Be() === NFT_REG_VERDICT ? { toVerdict: true } : { to: register(to) }),
    ...(((fields.find(5)?.u32Be() ?? 0) & 1) === 1 ? { invert: true } : {}),
  }
}

/** So has that of a named limit. Undefined when it is none of the model's. @throws NetlinkDecodeError */
export function readLimit(fields: Attributes): LimitExpression | undefined {
  const per = limitPeriods.nameOf(Number(fields.need(2).u64Be()))
  const unit = limitUnits.nameOf(fields.need(4).u32Be())
  if (per === undefined || unit === undefined) return undefined
  const burst = fields.need(3).u32Be()
  return { type: 'limit', rate: fields.need(1).u64Be(), per, unit, burst, ...overIf(fields.find(5)) }
}

export function overIf(flags: Attribute | undefined): { readonly over?: true } {
  return ((flags?.u32Be() ?? 0) & 1) === 1 ? { over: true } : {}
}

function readLog(fields: Attributes): Expression | undefined {
  if (fields.find(6) !== undefined) return undefined
  const prefix = fields.find(2)?.string() ?? ''
  const group = fields.find(1)?.u16Be()
  if (group === undefined) {
    const level = logLevels.nameOf(fields.find(5)?.u32Be() ?? logLevels.codeOf(defaultLogLevel))
    if (level === undefined) return undefined
    return { type: 'log', prefix, ...(level === defaultLogLevel ? {} : { level }) }
  }
  const snapLength = fields.find(3)?.u32Be()
  const queueThreshold = fields.find(4)?.u16Be()
  return {
    type: 'log',
    prefix,
    group,
    ...(snapLength === undefined ? {} : { snapLength }),
    ...(queueThreshold === undefined ? {} : { queueThreshold }),
  }
}

function readReject(fields: Attributes): RejectExpression | undefined {
  const type = fields.need(1).u32Be()
  const code = fields.find(2)?.u8() ?? 0
  if (type === 1) return { type: 'reject', with: 'tcp-reset' }
  if (type === 2 && code === 1) return { type: 'reject', with: 'icmpx-port-unreachable' }
  if (type === 2 && code === 3) return { type: 'reject', with: 'icmpx-admin-prohibited' }
  return undefined
}

/** The kernel gives every fourth register by its old number, 1 to 4, which means 16 bytes. */
function register(attribute: Attribute): Register {
  const number = attribute.u32Be()
  if (number >= 1 && number <= 4) return (number - 1) * 4
  if (number >= NFT_REG32_00 && number < NFT_REG32_00 + 16) return number - NFT_REG32_00
  throw new NetlinkDecodeError(`register ${number} does not exist`, attribute.start)
}
