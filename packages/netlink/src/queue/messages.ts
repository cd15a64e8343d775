/** What is sent to nfnetlink_queue. */
import { NLM_F_ACK, NLM_F_REQUEST } from '../message/constants.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import {
  command,
  configAttribute,
  NFQA_CFG_F_FAIL_OPEN,
  NFQA_CFG_F_GSO,
  NFQA_VERDICT_HDR,
  NFQNL_COPY_PACKET,
  NFQNL_MSG_CONFIG,
  NFQNL_MSG_VERDICT,
  NFQNL_MSG_VERDICT_BATCH,
} from './constants.ts'

export interface QueueSettings {
  readonly number: number
  readonly maxLength: number
  readonly copyBytes: number
  readonly whenFull: HeldVerdict
}

/** What becomes of a packet. */
export type HeldVerdict = 'accept' | 'drop'
/** `NF_…` */
const verdictCodes: Readonly<Record<HeldVerdict, number>> = { drop: 0, accept: 1 }

/** Takes the queue and says how it is wanted, in one message: a queue without a way of copying drops its packets. */
export function writeBind(writer: MessageWriter, sequence: number, settings: QueueSettings): void {
  const { number, maxLength, copyBytes, whenFull } = settings
  startMessage(writer, NFQNL_MSG_CONFIG, NLM_F_ACK, sequence, number)
  writer.attribute(configAttribute.command, Uint8Array.of(command.bind, 0, 0, 0))
  // `struct nfqnl_msg_config_params`: bytes to copy u32 in network byte order, mode u8.
  const parameters = new DataView(new ArrayBuffer(5))
  parameters.setUint32(0, copyBytes)
  parameters.setUint8(4, NFQNL_COPY_PACKET)
  writer.attribute(configAttribute.parameters, new Uint8Array(parameters.buffer))
  writer.u32Be(configAttribute.maxLength, maxLength)
  // Large packets come whole, not cut to what a link takes: their number is what costs.
  writeFlags(writer, NFQA_CFG_F_GSO | (whenFull === 'accept' ? NFQA_CFG_F_FAIL_OPEN : 0))
  writer.endMessage()
}

/** From now on the queue is full, and whatever would enter it passes. */
export function writePassAll(writer: MessageWriter, number: number): void {
  startMessage(writer, NFQNL_MSG_CONFIG, 0, 0, number)
  writer.u32Be(configAttribute.maxLength, 0)
  writeFlags(writer, NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN)
  writer.endMessage()
}

/** Does nothing, but for asking whether this socket may say anything. */
export function writeNothing(writer: MessageWriter, sequence: number): void {
  startMessage(writer, NFQNL_MSG_CONFIG, NLM_F_ACK, sequence, 0)
  writer.attribute(configAttribute.command, Uint8Array.of(command.unbindFamily, 0, 0, 0))
  writer.endMessage()
}

export function writeVerdict(writer: MessageWriter, number: number, id: number, verdict: HeldVerdict): void {
  writeVerdictOf(writer, NFQNL_MSG_VERDICT, number, id, verdict)
}

/** For all packets that the queue holds up to this one. */
export function writeVerdictUpTo(
  writer: MessageWriter,
  number: number,
  id: number,
  verdict: HeldVerdict,
): void {
  writeVerdictOf(writer, NFQNL_MSG_VERDICT_BATCH, number, id, verdict)
}

function writeVerdictOf(
  writer: MessageWriter,
  type: number,
  number: number,
  id: number,
  verdict: HeldVerdict,
): void {
  startMessage(writer, type, 0, 0, number)
  const header = new DataView(new ArrayBuffer(8))
  header.setUint32(0, verdictCodes[verdict])
  header.setUint32(4, id)
  writer.attribute(NFQA_VERDICT_HDR, new Uint8Array(header.buffer))
  writer.endMessage()
}

function writeFlags(writer: MessageWriter, flags: number): void {
  writer.u32Be(configAttribute.flags, flags)
  writer.u32Be(configAttribute.mask, NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN)
}

function startMessage(
  writer: MessageWriter,
  type: number,
  flags: number,
  sequence: number,
  number: number,
): void {
  writer.startMessage(type, NLM_F_REQUEST | flags, sequence)
  writer.raw(Uint8Array.of(0, 0, number >> 8, number & 0xff))
}
