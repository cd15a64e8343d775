/** Expressions of a rule. Attribute numbers: `NFTA_<EXPRESSION>_…` in include/uapi/linux/netfilter/nf_tables.h. */
import type { MessageWriter } from '../../message/message-writer.ts'
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
import {
  expressionAttribute,
  listElement,
  NFT_REG_VERDICT,
  NFT_REG32_00,
  QUEUE_FLAG_BYPASS,
  queueTarget,
} from '../constants.ts'
import type {
  Expression,
  LogExpression,
  LookupExpression,
  QueueExpression,
  QueueTargetExpression,
  Register,
  RejectExpression,
} from '../model.ts'
import { writeData, writeVerdict } from './encode-data.ts'

/** As an entry of a list of expressions. @throws RangeError for a register beyond 15, a queue beyond 65535, or a log prefix that is too long */
export function writeExpression(writer: MessageWriter, expression: Expression): void {
  const entry = writer.startNested(listElement)
  writer.string(expressionAttribute.name, kernelName(expression))
  if (expression.type === 'other') writer.attribute(expressionAttribute.data, expression.data)
  else writer.nested(expressionAttribute.data, () => writeFields(writer, expression))
  writer.endNested(entry)
}

function kernelName(expression: Expression): string {
  if (expression.type === 'other') return expression.name
  if (expression.type === 'set-meta') return 'meta'
  if (expression.type === 'nfqueue-target') return 'target'
  return expression.type === 'verdict' ? 'immediate' : expression.type
}

type Known = Exclude<Expression, { readonly type: 'other' }>
type Writers = {
  readonly [Type in Known['type']]: (
    writer: MessageWriter,
    it: Extract<Known, { readonly type: Type }>,
  ) => void
}

const writers: Writers = {
  meta: (writer, { key, to }) => {
    writer.u32Be(1, register(to))
    writer.u32Be(2, metaKeys.codeOf(key))
  },
  'set-meta': (writer, { key, from }) => {
    writer.u32Be(2, settableMetaKeys.codeOf(key))
    writer.u32Be(3, register(from))
  },
  payload: (writer, { base, offset, length, to }) => {
    writer.u32Be(1, register(to))
    writer.u32Be(2, payloadBases.codeOf(base))
    writer.u32Be(3, offset)
    writer.u32Be(4, length)
  },
  // An offset of 0, a length of 1, and `NFT_EXTHDR_F_PRESENT`.
  exthdr: (writer, { header, to }) => {
    writer.u32Be(1, register(to))
    writer.u8(2, extensionHeaders.codeOf(header))
    writer.u32Be(3, 0)
    writer.u32Be(4, 1)
    writer.u32Be(5, 1)
  },
  ct: (writer, it) => {
    writer.u32Be(1, register(it.to))
    writer.u32Be(2, 'direction' in it ? conntrackTupleKeys.codeOf(it.key) : conntrackKeys.codeOf(it.key))
    if ('direction' in it) writer.u8(3, conntrackDirections.codeOf(it.direction))
  },
  fib: (writer, { lookUp, with: keys, result, to }) => {
    writer.u32Be(1, register(to))
    writer.u32Be(2, fibResults.codeOf(result))
    writer.u32Be(
      3,
      keys.reduce((flags, key) => flags | fibKeys.codeOf(key), fibAddresses.codeOf(lookUp)),
    )
  },
  bitwise: (writer, { from, to, mask, xor }) => {
    writer.u32Be(1, register(from))
    writer.u32Be(2, register(to))
    writer.u32Be(3, mask.length)
    writeData(writer, 4, mask)
    writeData(writer, 5, xor)
  },
  cmp: (writer, { operator, from, value }) => {
    writer.u32Be(1, register(from))
    writer.u32Be(2, compareOperators.codeOf(operator))
    writeData(writer, 3, value)
  },
  range: (writer, { operator, from, first, last }) => {
    writer.u32Be(1, register(from))
    writer.u32Be(2, compareOperators.codeOf(operator))
    writeData(writer, 3, first)
    writeData(writer, 4, last)
  },
  lookup: writeLookup,
  immediate: (writer, { to, value }) => {
    writer.u32Be(1, register(to))
    writeData(writer, 2, value)
  },
  verdict: (writer, { verdict }) => {
    writer.u32Be(1, NFT_REG_VERDICT)
    writeVerdict(writer, 2, verdict)
  },
  counter: (writer, { packets = 0n, bytes = 0n }) => {
    writer.u64Be(1, bytes)
    writer.u64Be(2, packets)
  },
  limit: (writer, { rate, per, unit, burst, over }) => {
    writer.u64Be(1, rate)
    writer.u64Be(2, BigInt(limitPeriods.codeOf(per)))
    writer.u32Be(3, burst)
    writer.u32Be(4, limitUnits.codeOf(unit))
    writer.u32Be(5, over === true ? 1 : 0)
  },
  connlimit: (writer, { count, over }) => {
    writer.u32Be(1, count)
    writer.u32Be(2, over === true ? 1 : 0)
  },
  log: writeLog,
  reject: writeReject,
  notrack: () => undefined,
  queue: (writer, it) => {
    writer.u16Be(1, queueNumber(it))
    writer.u16Be(2, 1)
    writer.u16Be(3, it.bypass === true ? QUEUE_FLAG_BYPASS : 0)
  },
  'nfqueue-target': (writer, it) => {
    writer.string(1, queueTarget.name)
    writer.u32Be(2, queueTarget.revision)
    writer.attribute(3, queueTargetInfo(it))
  },
}

function writeFields<Type extends Known['type']>(
  writer: MessageWriter,
  expression: Extract<Known, { readonly type: Type }>,
): void {
  const write: (writer: MessageWriter, it: Extract<Known, { readonly type: Type }>) => void =
    writers[expression.type as Type]
  write(writer, expression)
}

function writeLookup(writer: MessageWriter, it: LookupExpression): void {
  writer.string(1, it.set)
  writer.u32Be(2, register(it.from))
  if (it.toVerdict === true) writer.u32Be(3, NFT_REG_VERDICT)
  else if (it.to !== undefined) writer.u32Be(3, register(it.to))
  if (it.invert === true) writer.u32Be(5, 1)
}

const encoder = new TextEncoder()
const longestLogPrefix = 127

/** The kernel takes a level or a group, and thresholds only with a group. */
function writeLog(writer: MessageWriter, it: LogExpression): void {
  if (encoder.encode(it.prefix).length > longestLogPrefix)
    throw new RangeError(`a log prefix has at most ${longestLogPrefix} bytes: ${JSON.stringify(it.prefix)}`)
  if (it.prefix !== '') writer.string(2, it.prefix)
  if (it.group === undefined) writer.u32Be(5, logLevels.codeOf(it.level ?? defaultLogLevel))
  else writer.u16Be(1, it.group)
  if (it.snapLength !== undefined) writer.u32Be(3, it.snapLength)
  if (it.queueThreshold !== undefined) writer.u16Be(4, it.queueThreshold)
}

/** `NFT_REJECT_TCP_RST` 1, `NFT_REJECT_ICMPX_UNREACH` 2; `NFT_REJECT_ICMPX_PORT_UNREACH` 1, `…_ADMIN_PROHIBITED` 3. */
function writeReject(writer: MessageWriter, it: RejectExpression): void {
  writer.u32Be(1, it.with === 'tcp-reset' ? 1 : 2)
  if (it.with !== 'tcp-reset') writer.u8(2, it.with === 'icmpx-port-unreachable' ? 1 : 3)
}

function queueTargetInfo(it: QueueTargetExpression): Uint8Array {
  const info = new DataView(new ArrayBuffer(queueTarget.infoBytes))
  info.setUint16(0, queueNumber(it), true)
  info.setUint16(2, 1, true)
  info.setUint16(4, it.bypass === true ? QUEUE_FLAG_BYPASS : 0, true)
  return new Uint8Array(info.buffer)
}

function queueNumber({ number }: QueueExpression | QueueTargetExpression): number {
  if (!Number.isInteger(number) || number < 0 || number > 0xffff)
    throw new RangeError(`queues are 0 to 65535, not ${number}`)
  return number
}

function register(number: Register): number {
  if (!Number.isInteger(number) || number < 0 || number > 15)
    throw new RangeError(`registers are 0 to 15, not ${number}`)
  return NFT_REG32_00 + number
}
