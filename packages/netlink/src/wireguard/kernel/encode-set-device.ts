/** WG_CMD_SET_DEVICE: one message for each part of a change. */
import type { MessageWriter } from '../../message/message-writer.ts'
import { AF_INET, AF_INET6 } from '../../route/constants.ts'
import { addressFamily, type IpPrefix } from '../../route/ip-bytes.ts'
import type { EndpointBytes } from '../checks.ts'
import * as wg from './constants.ts'
import type { ChangePart, PeerPart } from './split-change.ts'

/** The attributes. */
export function writeSetDevice(writer: MessageWriter, name: string, part: ChangePart): void {
  const { privateKey, listenPort, fwmark, peers } = part
  writer.string(wg.WGDEVICE_A_IFNAME, name)
  if (privateKey !== undefined) writer.attribute(wg.WGDEVICE_A_PRIVATE_KEY, privateKey)
  if (listenPort !== undefined) writer.u16(wg.WGDEVICE_A_LISTEN_PORT, listenPort)
  if (fwmark !== undefined) writer.u32(wg.WGDEVICE_A_FWMARK, fwmark)
  if (peers.length > 0)
    writer.nested(wg.WGDEVICE_A_PEERS, () => peers.forEach((peer) => void writePeer(writer, peer)))
}

/** Entries of lists have the type 0: their place says which they are. */
const entry = 0

function writePeer(writer: MessageWriter, peer: PeerPart): void {
  const { publicKey, flags, endpoint, keepaliveSeconds, allowedIps } = peer
  writer.nested(entry, () => {
    writer.attribute(wg.WGPEER_A_PUBLIC_KEY, publicKey)
    if (flags !== 0) writer.u32(wg.WGPEER_A_FLAGS, flags)
    if (endpoint !== undefined) writer.attribute(wg.WGPEER_A_ENDPOINT, sockaddrOf(endpoint))
    if (keepaliveSeconds !== undefined)
      writer.u16(wg.WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, keepaliveSeconds)
    if (allowedIps.length > 0)
      writer.nested(wg.WGPEER_A_ALLOWEDIPS, () => allowedIps.forEach((ip) => void writeAllowedIp(writer, ip)))
  })
}

function writeAllowedIp(writer: MessageWriter, { family, bytes, length }: IpPrefix): void {
  writer.nested(entry, () => {
    writer.u16(wg.WGALLOWEDIP_A_FAMILY, addressFamily(family))
    writer.attribute(wg.WGALLOWEDIP_A_IPADDR, bytes)
    writer.u8(wg.WGALLOWEDIP_A_CIDR_MASK, length)
  })
}

function sockaddrOf({ address, port }: EndpointBytes): Uint8Array {
  const isIpv4 = address.length === 4
  const bytes = new Uint8Array(isIpv4 ? wg.sockaddrInBytes : wg.sockaddrIn6Bytes)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true)
  view.setUint16(2, port)
  bytes.set(address, isIpv4 ? 4 : 8)
  return bytes
}
