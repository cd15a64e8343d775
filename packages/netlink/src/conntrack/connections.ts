/** Tracked connections, as messages of ctnetlink. Numbers inside attributes are in network byte order. */
import type { Attributes, Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import { AF_UNSPEC } from '../route/constants.ts'
import { addressFamily, decodeIp, encodeIp, type IpFamily, ipFamily } from '../route/ip-bytes.ts'
import * as ct from './constants.ts'

/** The packets of one direction. */
export interface ConnectionTuple {
  readonly source: string
  readonly destination: string
  /** IANA number. */
  readonly protocol: number
  /** Undefined for protocols without ports. */
  readonly ports: { readonly source: number; readonly destination: number } | undefined
  readonly icmp: { readonly type: number; readonly code: number; readonly id: number } | undefined
}

/** Zeros unless `net.netfilter.nf_conntrack_acct` was on when the connection began. */
export interface ConnectionCounters {
  readonly packets: bigint
  /** Of whole packets, headers of IP included. */
  readonly bytes: bigint
}

export interface Connection {
  readonly family: IpFamily
  /** As its first packet was sent. */
  readonly original: ConnectionTuple
  /** As answers are sent: not the original reversed where addresses are translated. */
  readonly reply: ConnectionTuple
  /** IPS_* bits. */
  readonly status: number
  readonly hasReplies: boolean
  /** Not the first to go when the table is full. */
  readonly isAssured: boolean
  readonly mark: number
  /** Conntrack zone; 0 is the usual one. */
  readonly zone: number
  /** Until it is forgotten, if nothing more comes. */
  readonly timeoutSeconds: number
  readonly counters: { readonly original: ConnectionCounters; readonly reply: ConnectionCounters }
  /** TCP_CONNTRACK_* of linux/netfilter/nf_conntrack_tcp.h; 3 is established. */
  readonly tcpState: number | undefined
  /** Tells this connection from a later one of the same tuple. */
  readonly id: number
}

/** `struct nfgenmsg`: address family u8, version u8 (0), resource u16. */
export const conntrackHeaderBytes = 4

export function writeConntrackHeader(writer: MessageWriter, family: IpFamily | undefined): void {
  writer.raw(Uint8Array.of(family === undefined ? AF_UNSPEC : addressFamily(family), 0, 0, 0))
}

/** Undefined for connections of other families (bridges). @throws NetlinkDecodeError */
export function decodeConnection(payload: Span): Connection | undefined {
  const family = ipFamily(payload.u8())
  if (family === undefined) return undefined
  const attributes = payload.after(conntrackHeaderBytes).attributes()
  const status = attributes.find(ct.CTA_STATUS)?.u32Be() ?? 0
  return {
    family,
    original: decodeTuple(attributes.need(ct.CTA_TUPLE_ORIG).attributes()),
    reply: decodeTuple(attributes.need(ct.CTA_TUPLE_REPLY).attributes()),
    status,
    hasReplies: (status & ct.IPS_SEEN_REPLY) !== 0,
    isAssured: (status & ct.IPS_ASSURED) !== 0,
    mark: attributes.find(ct.CTA_MARK)?.u32Be() ?? 0,
    zone: attributes.find(ct.CTA_ZONE)?.u16Be() ?? 0,
    timeoutSeconds: attributes.find(ct.CTA_TIMEOUT)?.u32Be() ?? 0,
    counters: {
      original: decodeCounters(attributes.find(ct.CTA_COUNTERS_ORIG)),
      reply: decodeCounters(attributes.find(ct.CTA_COUNTERS_REPLY)),
    },
    tcpState: tcpStateOf(attributes.find(ct.CTA_PROTOINFO)),
    id: attributes.find(ct.CTA_ID)?.u32Be() ?? 0,
  }
}

function decodeTuple(tuple: Attributes): ConnectionTuple {
  const ip = tuple.need(ct.CTA_TUPLE_IP).attributes()
  const protocol = tuple.need(ct.CTA_TUPLE_PROTO).attributes()
  return {
    source: decodeIp(ip.find(ct.CTA_IP_V4_SRC) ?? ip.need(ct.CTA_IP_V6_SRC)),
    destination: decodeIp(ip.find(ct.CTA_IP_V4_DST) ?? ip.need(ct.CTA_IP_V6_DST)),
    protocol: protocol.need(ct.CTA_PROTO_NUM).u8(),
    ports: portsOf(protocol),
    icmp: icmpOf(protocol),
  }
}

function portsOf(protocol: Attributes): ConnectionTuple['ports'] {
  const source = protocol.find(ct.CTA_PROTO_SRC_PORT)?.u16Be()
  const destination = protocol.find(ct.CTA_PROTO_DST_PORT)?.u16Be()
  return source === undefined || destination === undefined ? undefined : { source, destination }
}

function icmpOf(protocol: Attributes): ConnectionTuple['icmp'] {
  const type = protocol.find(ct.CTA_PROTO_ICMP_TYPE) ?? protocol.find(ct.CTA_PROTO_ICMPV6_TYPE)
  const code = protocol.find(ct.CTA_PROTO_ICMP_CODE) ?? protocol.find(ct.CTA_PROTO_ICMPV6_CODE)
  const id = protocol.find(ct.CTA_PROTO_ICMP_ID) ?? protocol.find(ct.CTA_PROTO_ICMPV6_ID)
  if (type === undefined || code === undefined || id === undefined) return undefined
  return { type: type.u8(), code: code.u8(), id: id.u16Be() }
}

function decodeCounters(attribute: Span | undefined): ConnectionCounters {
  const counters = attribute?.attributes()
  return {
    packets: counters?.find(ct.CTA_COUNTERS_PACKETS)?.u64Be() ?? 0n,
    bytes: counters?.find(ct.CTA_COUNTERS_BYTES)?.u64Be() ?? 0n,
  }
}

function tcpStateOf(protocolInfo: Span | undefined): number | undefined {
  const tcp = protocolInfo?.attributes().find(ct.CTA_PROTOINFO_TCP)
  return tcp?.attributes().find(ct.CTA_PROTOINFO_TCP_STATE)?.u8()
}

/** What names exactly this connection in a request. */
export function writeConnection(writer: MessageWriter, connection: Connection): void {
  const { family, original, zone, id } = connection
  writeConntrackHeader(writer, family)
  writer.nested(ct.CTA_TUPLE_ORIG, () => writeTuple(writer, family, original))
  if (zone !== 0) writer.u16Be(ct.CTA_ZONE, zone)
  writer.u32Be(ct.CTA_ID, id)
}

function writeTuple(writer: MessageWriter, family: IpFamily, tuple: ConnectionTuple): void {
  const { source, destination, protocol, ports, icmp } = tuple
  writer.nested(ct.CTA_TUPLE_IP, () => {
    writer.attribute(family === 4 ? ct.CTA_IP_V4_SRC : ct.CTA_IP_V6_SRC, encodeIp(source))
    writer.attribute(family === 4 ? ct.CTA_IP_V4_DST : ct.CTA_IP_V6_DST, encodeIp(destination))
  })
  writer.nested(ct.CTA_TUPLE_PROTO, () => {
    writer.u8(ct.CTA_PROTO_NUM, protocol)
    if (ports !== undefined) {
      writer.u16Be(ct.CTA_PROTO_SRC_PORT, ports.source)
      writer.u16Be(ct.CTA_PROTO_DST_PORT, ports.destination)
    }
    if (icmp !== undefined) {
      writer.u16Be(family === 4 ? ct.CTA_PROTO_ICMP_ID : ct.CTA_PROTO_ICMPV6_ID, icmp.id)
      writer.u8(family === 4 ? ct.CTA_PROTO_ICMP_TYPE : ct.CTA_PROTO_ICMPV6_TYPE, icmp.type)
      writer.u8(family === 4 ? ct.CTA_PROTO_ICMP_CODE : ct.CTA_PROTO_ICMPV6_CODE, icmp.code)
    }
  })
}

/**
 * Limits a dump to connections whose packets of one direction come from the IPv4 address. Kernels before 5.8 don't look at
 * it, and send all.
 */
export function writeSourceFilter(
  writer: MessageWriter,
  address: string,
  direction: 'original' | 'reply',
): void {
  const isReply = direction === 'reply'
  writeConntrackHeader(writer, 4)
  writer.nested(isReply ? ct.CTA_TUPLE_REPLY : ct.CTA_TUPLE_ORIG, () =>
    writer.nested(ct.CTA_TUPLE_IP, () => writer.attribute(ct.CTA_IP_V4_SRC, encodeIp(address))),
  )
  writer.nested(ct.CTA_FILTER, () => {
    writer.u32(ct.CTA_FILTER_ORIG_FLAGS, isReply ? 0 : ct.CTA_FILTER_F_CTA_IP_SRC)
    writer.u32(ct.CTA_FILTER_REPLY_FLAGS, isReply ? ct.CTA_FILTER_F_CTA_IP_SRC : 0)
  })
}
