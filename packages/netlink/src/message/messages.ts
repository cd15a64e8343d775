/** Splits what was received into messages. */
import { NetlinkDecodeError } from '../errors.ts'
import { Span } from './attributes.ts'
import { align, messageHeaderBytes } from './constants.ts'

export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** Whose request this answers, or who caused an event; 0 is the kernel. */
  readonly port: number
  /** What follows `struct nlmsghdr`. */
  readonly payload: Span
}

/** @throws NetlinkDecodeError when a length is wrong */
export function readMessages(bytes: Uint8Array): NetlinkMessage[] {
  const all = Span.of(bytes)
  const messages: NetlinkMessage[] = []
  for (let at = 0; at < all.length; ) {
    const length = all.u32(at)
    if (length < messageHeaderBytes || length > all.length - at)
      throw new NetlinkDecodeError(`a message says that it has ${length} bytes`, at)
    messages.push({
      type: all.u16(at + 4),
      flags: all.u16(at + 6),
      sequence: all.u32(at + 8),
      port: all.u32(at + 12),
      payload: new Span(all.view, at + messageHeaderBytes, at + length),
    })
    at += align(length)
  }
  return messages
}
