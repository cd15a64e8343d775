/**
 * WG_CMD_GET_DEVICE: a device is told in as many messages as it takes. Those after the first have peers only. A peer whose
 * allowed IPs did not fit is told again in the next message: its key, and more allowed IPs.
 */
import { NetlinkDecodeError } from '../../errors.ts'
import type { Attributes, Span } from '../../message/attributes.ts'
import { AF_INET, AF_INET6 } from '../../route/constants.ts'
import { decodeIp } from '../../route/ip-bytes.ts'
import { encodeKey, keyBytes } from '../keys.ts'
import type { WireguardDevice, WireguardEndpoint, WireguardPeer } from '../model.ts'
import * as wg from './constants.ts'

/** Of all messages of a dump. @throws NetlinkDecodeError */
export function decodeDevice(messages: readonly Span[]): WireguardDevice {
  const parts = messages.map((message) => message.attributes())
  const [first] = parts
  const publicKey = first?.find(wg.WGDEVICE_A_PUBLIC_KEY)
  return {
    publicKey: publicKey === undefined ? undefined : keyOf(publicKey),
    listenPort: first?.find(wg.WGDEVICE_A_LISTEN_PORT)?.u16() ?? 0,
    fwmark: first?.find(wg.WGDEVICE_A_FWMARK)?.u32() ?? 0,
    peers: joined(parts.flatMap(peersOf)),
  }
}

function peersOf(part: Attributes): WireguardPeer[] {
  return [...(part.find(wg.WGDEVICE_A_PEERS)?.attributes() ?? [])].map((peer) =>
    decodePeer(peer.attributes()),
  )
}

/** A peer that is told again follows itself. */
function joined(parts: readonly WireguardPeer[]): WireguardPeer[] {
  const peers: (WireguardPeer & { allowedIps: string[] })[] = []
  for (const part of parts) {
    const last = peers.at(-1)
    if (last?.publicKey === part.publicKey) last.allowedIps.push(...part.allowedIps)
    else peers.push({ ...part, allowedIps: [...part.allowedIps] })
  }
  for (const { allowedIps } of peers) allowedIps.sort()
  return peers
}

function decodePeer(peer: Attributes): WireguardPeer {
  const endpoint = peer.find(wg.WGPEER_A_ENDPOINT)
  return {
    publicKey: keyOf(peer.need(wg.WGPEER_A_PUBLIC_KEY)),
    endpoint: endpoint === undefined ? undefined : decodeEndpoint(endpoint),
    allowedIps: [...(peer.find(wg.WGPEER_A_ALLOWEDIPS)?.attributes() ?? [])].map((ip) => decodeAllowedIp(ip)),
    keepaliveSeconds: peer.find(wg.WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL)?.u16() ?? 0,
    lastHandshake: decodeTime(peer.find(wg.WGPEER_A_LAST_HANDSHAKE_TIME)),
    receivedBytes: Number(peer.find(wg.WGPEER_A_RX_BYTES)?.u64() ?? 0n),
    sentBytes: Number(peer.find(wg.WGPEER_A_TX_BYTES)?.u64() ?? 0n),
  }
}

function keyOf(attribute: Span): string {
  if (attribute.length !== keyBytes)
    throw new NetlinkDecodeError(`a key of ${attribute.length} bytes`, attribute.start)
  return encodeKey(attribute.bytes())
}

/** Zones of link-local addresses are given as numbers of links. */
function decodeEndpoint(sockaddr: Span): WireguardEndpoint {
  const family = sockaddr.u16()
  const port = sockaddr.u16Be(2)
  if (family === AF_INET) return { address: decodeIp(part(sockaddr, 4, 4)), port }
  if (family !== AF_INET6) throw new NetlinkDecodeError(`an endpoint of family ${family}`, sockaddr.start)
  const scope = sockaddr.u32(24)
  return { address: `${decodeIp(part(sockaddr, 8, 16))}${scope === 0 ? '' : `%${scope}`}`, port }
}

function part(span: Span, at: number, length: number): Span {
  return span.after(at).first(length)
}

function decodeAllowedIp(entry: Span): string {
  const ip = entry.attributes()
  const address = ip.need(wg.WGALLOWEDIP_A_IPADDR)
  const length = ip.need(wg.WGALLOWEDIP_A_CIDR_MASK).u8()
  if (length > address.length * 8) throw new NetlinkDecodeError(`a prefix of ${length} bits`, address.start)
  return `${decodeIp(address)}/${length}`
}

/** `struct __kernel_timespec`: seconds s64, nanoseconds s64; zeros for never. */
function decodeTime(time: Span | undefined): Date | undefined {
  const [seconds, nanoseconds] = [time?.u64() ?? 0n, time?.u64(8) ?? 0n]
  if (seconds === 0n && nanoseconds === 0n) return undefined
  const date = new Date(Number(seconds) * 1000 + Math.floor(Number(nanoseconds) / 1e6))
  if (Number.isNaN(date.getTime())) throw new NetlinkDecodeError(`a time in ${seconds} s`, time?.start ?? 0)
  return date
}
