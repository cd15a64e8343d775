/** Addresses of interfaces, as messages. */
import type { Span } from '../message/attributes.ts'
import type { MessageWriter } from '../message/message-writer.ts'
import { IFA_ADDRESS, IFA_F_NODAD, IFA_FLAGS, IFA_LABEL, IFA_LOCAL } from './constants.ts'
import { addressHeader, addressHeaderBytes } from './header.ts'
import { addressFamily, decodeIp, encodePrefix, type IpFamily, ipFamily } from './ip-bytes.ts'

export interface InterfaceAddress {
  readonly family: IpFamily
  /** Of the interface. */
  readonly index: number
  readonly address: string
  /** Bits of its network. */
  readonly prefixLength: number
  /** RT_SCOPE_*. */
  readonly scope: number
  /** IFA_F_* bits. */
  readonly flags: number
  /** Of point-to-point links: the other end's address. */
  readonly peer: string | undefined
  /** IPv4 only: the interface's name, or one behind it as `eth0:1`. */
  readonly label: string | undefined
}

/** Undefined for addresses that are neither IPv4 nor IPv6. @throws NetlinkDecodeError */
export function decodeAddress(payload: Span): InterfaceAddress | undefined {
  const family = ipFamily(payload.u8())
  if (family === undefined) return undefined
  const attributes = payload.after(addressHeaderBytes).attributes()
  // Without IFA_LOCAL (IPv6, mostly) IFA_ADDRESS is the own one; with it, the peer's.
  const local = attributes.find(IFA_LOCAL)
  const address = attributes.find(IFA_ADDRESS)
  const own = decodeIp(local ?? attributes.need(IFA_ADDRESS))
  const other = address === undefined ? own : decodeIp(address)
  return {
    family,
    index: payload.u32(4),
    address: own,
    prefixLength: payload.u8(1),
    scope: payload.u8(3),
    flags: attributes.find(IFA_FLAGS)?.u32() ?? payload.u8(2),
    peer: other === own ? undefined : other,
    label: attributes.find(IFA_LABEL)?.string(),
  }
}

export interface AddressSpec {
  /** Of the interface. */
  readonly index: number
  /** For example `10.0.0.1/24`. */
  readonly address: string
  /** RT_SCOPE_*; 0, valid everywhere, by default. */
  readonly scope?: number
  /** IPv6: can be used at once, without asking whether somebody has it. */
  readonly skipsDuplicateDetection?: boolean
}

/** @throws RangeError when the address is none */
export function writeAddress(writer: MessageWriter, spec: AddressSpec): void {
  const { family, bytes, length } = encodePrefix(spec.address)
  const { index, scope = 0 } = spec
  writer.raw(addressHeader({ family: addressFamily(family), prefixLength: length, scope, index }))
  writer.attribute(IFA_LOCAL, bytes)
  writer.attribute(IFA_ADDRESS, bytes)
  if (spec.skipsDuplicateDetection === true) writer.u32(IFA_FLAGS, IFA_F_NODAD)
}
