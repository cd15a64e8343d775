/** Who has which link-layer address on a link (ip-neighbour(8)), as messages. */
import type { Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import { NDA_DST, NDA_IFINDEX, NDA_LLADDR, NTF_PROXY, NUD_PERMANENT } from './constants.ts'
import { neighbourHeader, neighbourHeaderBytes } from './header.ts'
import {
  addressFamily,
  decodeIp,
  decodeMac,
  encodeIp,
  encodeMac,
  familyOfIp,
  type IpFamily,
  ipFamily,
} from './ip-bytes.ts'

export interface Neighbour {
  readonly family: IpFamily
  /** Of the interface; 0 for a proxy entry of all interfaces. */
  readonly index: number
  readonly address: string
  /** Undefined for proxy entries, and while nobody has answered. */
  readonly mac: string | undefined
  /** NUD_* bits. */
  readonly state: number
  /** Never asked about and never forgotten. */
  readonly isPermanent: boolean
  /** This machine answers for the address. */
  readonly isProxy: boolean
}

/** Undefined for entries that are neither IPv4 nor IPv6 (those of bridges). @throws NetlinkDecodeError */
export function decodeNeighbour(payload: Span): Neighbour | undefined {
  const family = ipFamily(payload.u8())
  if (family === undefined) return undefined
  const attributes = payload.after(neighbourHeaderBytes).attributes()
  const state = payload.u16(8)
  return {
    family,
    index: payload.i32(4),
    address: decodeIp(attributes.need(NDA_DST)),
    mac: decodeMac(attributes.find(NDA_LLADDR)),
    state,
    isPermanent: (state & NUD_PERMANENT) !== 0,
    isProxy: (payload.u8(10) & NTF_PROXY) !== 0,
  }
}

export interface NeighbourSpec {
  readonly index: number
  readonly address: string
  /** Undefined: a proxy entry. */
  readonly mac: string | undefined
}

/** @throws RangeError when an address is none */
export function writeNeighbour(writer: MessageWriter, { index, address, mac }: NeighbourSpec): void {
  const family = addressFamily(familyOfIp(address))
  const kind = mac === undefined ? { flags: NTF_PROXY } : { state: NUD_PERMANENT }
  writer.raw(neighbourHeader({ family, index, ...kind }))
  writer.attribute(NDA_DST, encodeIp(address))
  if (mac !== undefined) writer.attribute(NDA_LLADDR, encodeMac(mac))
}

export interface NeighbourFilter {
  readonly family: IpFamily
  readonly index?: number
  /** Proxy entries instead of neighbours: the kernel keeps them apart. */
  readonly isProxy?: boolean
}

/** Needs a strict socket. */
export function writeNeighbourFilter(writer: MessageWriter, filter: NeighbourFilter): void {
  const { family, index, isProxy = false } = filter
  writer.raw(neighbourHeader({ family: addressFamily(family), flags: isProxy ? NTF_PROXY : 0 }))
  if (index !== undefined) writer.u32(NDA_IFINDEX, index)
}
