/** Network interfaces, as messages. */
import type { Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import {
  IFF_RUNNING,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  IFLA_OPERSTATE,
  VETH_INFO_PEER,
} from './constants.ts'
import { linkHeader, linkHeaderBytes } from './header.ts'
import { decodeMac, encodeMac } from './ip-bytes.ts'

/** RFC 2863, in the order of the kernel's numbers (IF_OPER_*). */
export const operationalStates = [
  'Unknown',
  'NotPresent',
  'Down',
  'LowerLayerDown',
  'Testing',
  'Dormant',
  'Up',
] as const
export type OperationalState = (typeof operationalStates)[number]

export interface Link {
  /** Never used twice while a namespace lives, unless somebody asks for it. */
  readonly index: number
  readonly name: string
  /** For example `veth` or `bridge`; undefined for hardware and the loopback. */
  readonly kind: string | undefined
  readonly mac: string | undefined
  /** Bytes. */
  readonly mtu: number
  /** IFF_* bits. */
  readonly flags: number
  /** Somebody wants it up (IFF_UP). */
  readonly isUp: boolean
  /** It can carry packets (IFF_RUNNING): of a veth pair, both ends are up. */
  readonly isRunning: boolean
  readonly operationalState: OperationalState
  /** Index of the bridge (or bond) that it belongs to. */
  readonly master: number | undefined
  /** Index of the other end of a veth pair, or of the link below. */
  readonly lower: number | undefined
  /** Of the namespace that `lower` is in, as this namespace numbers others; undefined: in the same one. */
  readonly lowerNamespace: number | undefined
}

/** @throws NetlinkDecodeError */
export function decodeLink(payload: Span): Link {
  const attributes = payload.after(linkHeaderBytes).attributes()
  const flags = payload.u32(8)
  return {
    index: payload.i32(4),
    name: attributes.need(IFLA_IFNAME).string(),
    kind: attributes.find(IFLA_LINKINFO)?.attributes().find(IFLA_INFO_KIND)?.string(),
    mac: decodeMac(attributes.find(IFLA_ADDRESS)),
    mtu: attributes.find(IFLA_MTU)?.u32() ?? 0,
    flags,
    isUp: (flags & IFF_UP) !== 0,
    isRunning: (flags & IFF_RUNNING) !== 0,
    operationalState: operationalStates[attributes.find(IFLA_OPERSTATE)?.u8() ?? 0] ?? 'Unknown',
    master: attributes.find(IFLA_MASTER)?.u32(),
    lower: attributes.find(IFLA_LINK)?.u32() || undefined,
    lowerNamespace: attributes.find(IFLA_LINK_NETNSID)?.i32(),
  }
}

export interface LinkChange {
  readonly isUp?: boolean
  /** The kernel renames only what is down, or lets it be on newer kernels. */
  readonly name?: string
  readonly mtu?: number
  readonly mac?: string
  /** Index of a bridge; 0 leaves it. */
  readonly master?: number
  /** Descriptor of an open namespace, to which the link moves. */
  readonly netnsFd?: number
}

export function writeLinkChange(writer: MessageWriter, index: number, change: LinkChange): void {
  const { isUp } = change
  const flags = isUp === undefined ? {} : { flags: isUp ? IFF_UP : 0, change: IFF_UP }
  writer.raw(linkHeader({ index, ...flags }))
  writeSettings(writer, change)
}

/** One end of a pair. */
export interface VethEnd {
  readonly name: string
  readonly mac?: string
  readonly mtu?: number
  /** Descriptor of the namespace in which it is made; without it: the socket's own. */
  readonly netnsFd?: number
}

export function writeVeth(writer: MessageWriter, end: VethEnd, peer: VethEnd): void {
  writer.raw(linkHeader({}))
  writeSettings(writer, end)
  writer.nested(IFLA_LINKINFO, () => {
    writer.string(IFLA_INFO_KIND, 'veth')
    writer.nested(IFLA_INFO_DATA, () =>
      writer.nested(VETH_INFO_PEER, () => {
        writer.raw(linkHeader({}))
        writeSettings(writer, peer)
      }),
    )
  })
}

export function writeKind(writer: MessageWriter, name: string, kind: string): void {
  writer.raw(linkHeader({}))
  writer.string(IFLA_IFNAME, name)
  writer.nested(IFLA_LINKINFO, () => writer.string(IFLA_INFO_KIND, kind))
}

function writeSettings(writer: MessageWriter, settings: LinkChange & Partial<VethEnd>): void {
  const { name, mtu, mac, master, netnsFd } = settings
  if (name !== undefined) writer.string(IFLA_IFNAME, name)
  if (mtu !== undefined) writer.u32(IFLA_MTU, mtu)
  if (mac !== undefined) writer.attribute(IFLA_ADDRESS, encodeMac(mac))
  if (master !== undefined) writer.u32(IFLA_MASTER, master)
  if (netnsFd !== undefined) writer.u32(IFLA_NET_NS_FD, netnsFd)
}
