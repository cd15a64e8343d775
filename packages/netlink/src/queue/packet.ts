/** A packet that the kernel holds, as a message of nfnetlink_queue. Source: Linux, nfqnl_build_packet_message. */
import { NetlinkDecodeError } from '../errors.ts'
import type { Attributes, Span } from '../message/attributes.ts'
import { hookName } from '../nftables/codes.ts'
import type { HookName } from '../nftables/model.ts'
import { packetAttribute, queueHeaderBytes } from './constants.ts'

export interface QueuedPacket {
  /** By which its verdict names it. Numbers follow each other, and begin anew after 4,294,967,295. */
  readonly id: number
  readonly hook: HookName
  /** ETH_P_*: 0x0800 is IPv4, 0x86dd is IPv6. */
  readonly hardwareProtocol: number
  /** Numbers of links; undefined where the hook has none. */
  readonly inDevice: number | undefined
  readonly outDevice: number | undefined
  readonly mark: number
  /** From the header of IP on. A copy: it may be kept. */
  readonly payload: Uint8Array
  /** Of the whole packet, in bytes. */
  readonly length: number
  /** Less was copied than there is. */
  readonly isTruncated: boolean
  /** When the packet was received, in milliseconds since 1970; few packets say so. */
  readonly timestampMs: number | undefined
}

/** `payload` of a message of type NFQNL_MSG_PACKET. @throws NetlinkDecodeError */
export function decodePacket(payload: Span): QueuedPacket {
  const fields = payload.after(queueHeaderBytes).attributes()
  // `struct nfqnl_msg_packet_hdr`: id u32, protocol u16, hook u8.
  const header = fields.need(packetAttribute.header)
  const copied = fields.find(packetAttribute.payload)?.bytes().slice() ?? new Uint8Array(0)
  const length = fields.find(packetAttribute.originalLength)?.u32Be() ?? copied.length
  return {
    id: header.u32Be(),
    hardwareProtocol: header.u16Be(4),
    hook: hookOf(header),
    inDevice: fields.find(packetAttribute.inDevice)?.u32Be(),
    outDevice: fields.find(packetAttribute.outDevice)?.u32Be(),
    mark: fields.find(packetAttribute.mark)?.u32Be() ?? 0,
    payload: copied,
    length,
    isTruncated: length > copied.length,
    timestampMs: timestampOf(fields),
  }
}

/** Of ip, ip6, inet and bridge, which have the same numbers; packets of other families are never queued. */
function hookOf(header: Span): HookName {
  const name = hookName('inet', header.u8(6))
  if (name === undefined) throw new NetlinkDecodeError(`there is no hook ${header.u8(6)}`, header.start)
  return name
}

/** `struct nfqnl_msg_packet_timestamp`: seconds and microseconds, u64 in network byte order. */
function timestampOf(fields: Attributes): number | undefined {
  const stamp = fields.find(packetAttribute.timestamp)
  return stamp === undefined ? undefined : Number(stamp.u64Be(0)) * 1000 + Number(stamp.u64Be(8)) / 1000
}
