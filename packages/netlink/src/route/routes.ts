/** Routes, as messages. */
import { NetlinkDecodeError } from '../errors.ts'
import { Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import {
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_COMPAT,
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_MULTIPATH,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_TABLE,
  RTA_VIA,
  RTPROT_STATIC,
} from './constants.ts'
import { routeHeader, routeHeaderBytes } from './header.ts'
import {
  addressFamily,
  decodeIp,
  decodePrefix,
  encodeIp,
  encodePrefix,
  type IpFamily,
  ipFamily,
} from './ip-bytes.ts'

/** In the order of the kernel's numbers (RTN_*). `Throw` ends the look-up in this table, and the next rule goes on. */
export const routeTypes = [
  'Unspecified',
  'Unicast',
  'Local',
  'Broadcast',
  'Anycast',
  'Multicast',
  'Blackhole',
  'Unreachable',
  'Prohibit',
  'Throw',
] as const
export type RouteType = (typeof routeTypes)[number]

export interface NextHop {
  readonly index: number
  readonly gateway: string | undefined
  /** Its share among the next hops, from 1. */
  readonly weight: number
}

export interface Route {
  readonly family: IpFamily
  /** CIDR; `0.0.0.0/0` or `::/0` for everything. */
  readonly destination: string
  readonly table: number
  /** Who made it: RTPROT_*. */
  readonly protocol: number
  /** RT_SCOPE_*; always 0 for IPv6. */
  readonly scope: number
  readonly type: RouteType
  /** Index of the interface; undefined for types without one, and where there are several next hops. */
  readonly index: number | undefined
  readonly gateway: string | undefined
  /** The smallest is the best. */
  readonly metric: number
  /** Preferred source address. */
  readonly source: string | undefined
  /** Empty unless there are several. */
  readonly nextHops: readonly NextHop[]
}

/** Undefined for routes that are neither IPv4 nor IPv6. @throws NetlinkDecodeError */
export function decodeRoute(payload: Span): Route | undefined {
  const family = ipFamily(payload.u8())
  if (family === undefined) return undefined
  const attributes = payload.after(routeHeaderBytes).attributes()
  const multipath = attributes.find(RTA_MULTIPATH)
  return {
    family,
    destination: decodePrefix(attributes.find(RTA_DST), payload.u8(1), family),
    table: attributes.find(RTA_TABLE)?.u32() ?? payload.u8(4),
    protocol: payload.u8(5),
    scope: payload.u8(6),
    type: routeTypes[payload.u8(7)] ?? 'Unspecified',
    index: attributes.find(RTA_OIF)?.u32(),
    gateway: gatewayOf(attributes.find(RTA_GATEWAY), attributes.find(RTA_VIA)),
    metric: attributes.find(RTA_PRIORITY)?.u32() ?? 0,
    source: optionalIp(attributes.find(RTA_PREFSRC)),
    nextHops: multipath === undefined ? [] : decodeNextHops(multipath),
  }
}

/** `struct rtvia`: a gateway of the other family; address family u16, then its bytes. */
function gatewayOf(gateway: Span | undefined, via: Span | undefined): string | undefined {
  return gateway === undefined && via !== undefined ? decodeIp(via.after(2)) : optionalIp(gateway)
}

function optionalIp(span: Span | undefined): string | undefined {
  return span === undefined ? undefined : decodeIp(span)
}

/** `struct rtnexthop`: length u16, flags u8, weight - 1 u8, index u32; then attributes. */
const nextHopHeaderBytes = 8

function decodeNextHops(span: Span): NextHop[] {
  const hops: NextHop[] = []
  for (let rest = span; rest.length >= nextHopHeaderBytes; ) {
    const length = rest.u16()
    if (length < nextHopHeaderBytes || length > rest.length)
      throw new NetlinkDecodeError(`a next hop says that it has ${length} bytes`, rest.start)
    const hop = new Span(rest.view, rest.start, rest.start + length)
    const attributes = hop.after(nextHopHeaderBytes).attributes()
    const gateway = gatewayOf(attributes.find(RTA_GATEWAY), attributes.find(RTA_VIA))
    hops.push({ index: hop.u32(4), gateway, weight: hop.u8(3) + 1 })
    rest = rest.after(Math.min((length + 3) & ~3, rest.length))
  }
  return hops
}

export interface RouteSpec {
  /** CIDR. */
  readonly destination: string
  /** The main one by default. */
  readonly table?: number
  /** RTPROT_STATIC by default; 0 in requests to delete: whoever made it. */
  readonly protocol?: number
  /** By default as ip(8) has it: for IPv4, the link where neither gateway nor special type is given; else everywhere. */
  readonly scope?: number
  readonly type?: RouteType
  readonly index?: number
  /** Of the family of the destination. */
  readonly gateway?: string
  /** The kernel gives IPv6 routes 1024 unless told, and IPv4 routes 0. */
  readonly metric?: number
  readonly source?: string
}

/** @throws RangeError when an address is none */
export function writeRoute(writer: MessageWriter, spec: RouteSpec): void {
  const { table = RT_TABLE_MAIN, protocol = RTPROT_STATIC, type = 'Unicast' } = spec
  const { family, bytes, length } = encodePrefix(spec.destination)
  writer.raw(
    routeHeader({
      family: addressFamily(family),
      destinationLength: length,
      table: table > 255 ? RT_TABLE_COMPAT : table,
      protocol,
      scope: spec.scope ?? defaultScope(spec, family),
      type: routeTypes.indexOf(type),
    }),
  )
  if (length > 0) writer.attribute(RTA_DST, bytes)
  writer.u32(RTA_TABLE, table)
  if (spec.index !== undefined) writer.u32(RTA_OIF, spec.index)
  if (spec.gateway !== undefined) writer.attribute(RTA_GATEWAY, encodeIp(spec.gateway))
  if (spec.metric !== undefined) writer.u32(RTA_PRIORITY, spec.metric)
  if (spec.source !== undefined) writer.attribute(RTA_PREFSRC, encodeIp(spec.source))
}

function defaultScope({ type = 'Unicast', gateway }: RouteSpec, family: IpFamily): number {
  return family === 4 && type === 'Unicast' && gateway === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE
}

/** What a dump is limited to; needs a strict socket. */
export interface RouteFilter {
  readonly family: IpFamily
  readonly table?: number
  readonly protocol?: number
  readonly index?: number
}

export function writeRouteFilter(writer: MessageWriter, filter: RouteFilter): void {
  const { family, table, protocol = 0, index } = filter
  writer.raw(routeHeader({ family: addressFamily(family), protocol }))
  if (table !== undefined) writer.u32(RTA_TABLE, table)
  if (index !== undefined) writer.u32(RTA_OIF, index)
}
