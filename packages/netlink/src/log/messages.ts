/** What is sent to nfnetlink_log. */
import { NLM_F_ACK, NLM_F_REQUEST } from '../message/constants.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import {
  command,
  configAttribute,
  NFULNL_CFG_F_SEQ,
  NFULNL_COPY_PACKET,
  NFULNL_MSG_CONFIG,
} from './constants.ts'

export interface LogSettings {
  readonly group: number
  readonly copyBytes: number
}

/** Takes the group and says how it is wanted: each packet at once, numbered, by copy. */
export function writeBind(writer: MessageWriter, sequence: number, { group, copyBytes }: LogSettings): void {
  writer.startMessage(NFULNL_MSG_CONFIG, NLM_F_REQUEST | NLM_F_ACK, sequence)
  writer.raw(Uint8Array.of(0, 0, group >> 8, group & 0xff))
  writer.attribute(configAttribute.command, Uint8Array.of(command.bind))
  // `struct nfulnl_msg_config_mode`: bytes to copy u32 in network byte order, mode u8, a byte of padding.
  const mode = new DataView(new ArrayBuffer(6))
  mode.setUint32(0, copyBytes)
  mode.setUint8(4, NFULNL_COPY_PACKET)
  writer.attribute(configAttribute.mode, new Uint8Array(mode.buffer))
  writer.u32Be(configAttribute.queueThreshold, 1)
  writer.attribute(configAttribute.flags, Uint8Array.of(0, NFULNL_CFG_F_SEQ))
  writer.endMessage()
}
