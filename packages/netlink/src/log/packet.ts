/** A packet of which the kernel sent a copy, as a message of nfnetlink_log. Source: Linux, __build_packet_message. */
import { NetlinkDecodeError } from '../errors.ts'
import type { Span } from '../message/attributes.ts'
import { hookName } from '../nftables/codes.ts'
import type { HookName } from '../nftables/model.ts'
import { groupHeaderBytes, packetAttribute } from './constants.ts'

export interface LoggedPacket {
  readonly hook: HookName
  /** ETH_P_*: 0x0800 is IPv4, 0x86dd is IPv6. */
  readonly hardwareProtocol: number
  /** Numbers of links; undefined where the hook has none. */
  readonly inDevice: number | undefined
  readonly outDevice: number | undefined
  readonly mark: number
  /** What the rule gave; empty without one. */
  readonly prefix: string
  /** From the header of IP on, as much as was to be copied. A copy: it may be kept. */
  readonly payload: Uint8Array
  /** Of the group's packets; the next number is one more, and after 4,294,967,295 comes 0. */
  readonly sequence: number
}

/** `payload` of a message of type NFULNL_MSG_PACKET. @throws NetlinkDecodeError */
export function decodeLoggedPacket(payload: Span): LoggedPacket {
  const fields = payload.after(groupHeaderBytes).attributes()
  // `struct nfulnl_msg_packet_hdr`: protocol u16, hook u8, a byte of padding.
  const header = fields.need(packetAttribute.header)
  const hook = hookName('inet', header.u8(2))
  if (hook === undefined) throw new NetlinkDecodeError(`there is no hook ${header.u8(2)}`, header.start)
  return {
    hook,
    hardwareProtocol: header.u16Be(0),
    inDevice: fields.find(packetAttribute.inDevice)?.u32Be(),
    outDevice: fields.find(packetAttribute.outDevice)?.u32Be(),
    mark: fields.find(packetAttribute.mark)?.u32Be() ?? 0,
    prefix: fields.find(packetAttribute.prefix)?.string() ?? '',
    payload: fields.find(packetAttribute.payload)?.bytes().slice() ?? new Uint8Array(0),
    sequence: fields.find(packetAttribute.sequence)?.u32Be() ?? 0,
  }
}
