/** The kernel's side of the protocol: takes WG_CMD_SET_DEVICE, and answers WG_CMD_GET_DEVICE in messages of a bounded size. */
import type { Attributes, Span } from '../../message/attributes.ts'
import { Span as Received } from '../../message/attributes.ts'
import { MessageWriter } from '../../message/message-writer.ts'
import { AF_INET, AF_INET6 } from '../../route/constants.ts'
import { decodeIp, encodePrefix } from '../../route/ip-bytes.ts'
import { decodeKey, encodeKey } from '../keys.ts'
import type { WireguardChange, WireguardEndpoint, WireguardPeer, WireguardPeerChange } from '../model.ts'
import type { ModelDevice } from '../model-device.testkit.ts'
import { PrivateKey } from '../private-key.ts'
import * as wg from './constants.ts'

/** @throws when the kernel's policy would refuse the message */
export function applySet(device: ModelDevice, message: Span): void {
  const attributes = message.attributes()
  if (attributes.need(wg.WGDEVICE_A_IFNAME).string() !== 'wg0') throw new Error('another device')
  const privateKey = attributes.find(wg.WGDEVICE_A_PRIVATE_KEY)
  const listenPort = attributes.find(wg.WGDEVICE_A_LISTEN_PORT)
  const fwmark = attributes.find(wg.WGDEVICE_A_FWMARK)
  const peers = attributes.find(wg.WGDEVICE_A_PEERS)
  const change: WireguardChange = {
    ...(privateKey && { privateKey: PrivateKey.ofBytes(exactly(privateKey, 32).bytes()) }),
    ...(listenPort && { listenPort: exactly(listenPort, 2).u16() }),
    ...(fwmark && { fwmark: exactly(fwmark, 4).u32() }),
    ...(peers && { peers: [...peers.attributes()].map((peer) => readPeer(peer.attributes())) }),
  }
  device.apply(change)
}

function exactly(span: Span, bytes: number): Span {
  if (span.length !== bytes) throw new Error(`${span.length} bytes where the policy wants ${bytes}`)
  return span
}

function readPeer(peer: Attributes): WireguardPeerChange {
  const publicKey = encodeKey(exactly(peer.need(wg.WGPEER_A_PUBLIC_KEY), 32).bytes())
  const flags = peer.find(wg.WGPEER_A_FLAGS)?.u32() ?? 0
  if ((flags & wg.WGPEER_F_REMOVE_ME) !== 0) return { publicKey, remove: true }
  const endpoint = peer.find(wg.WGPEER_A_ENDPOINT)
  const keepalive = peer.find(wg.WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL)
  const allowedIps = [...(peer.find(wg.WGPEER_A_ALLOWEDIPS)?.attributes() ?? [])]
  return {
    publicKey,
    updateOnly: (flags & wg.WGPEER_F_UPDATE_ONLY) !== 0,
    replaceAllowedIps: (flags & wg.WGPEER_F_REPLACE_ALLOWEDIPS) !== 0,
    ...(endpoint && { endpoint: readEndpoint(endpoint) }),
    ...(keepalive && { keepaliveSeconds: exactly(keepalive, 2).u16() }),
    allowedIps: allowedIps.map((ip) => readAllowedIp(ip.attributes())),
  }
}

function readEndpoint(sockaddr: Span): WireguardEndpoint {
  const isIpv4 = sockaddr.u16() === AF_INET
  const at = isIpv4 ? 4 : 8
  const address = exactly(sockaddr, isIpv4 ? 16 : 28).after(at)
  return { address: decodeIp(address.first(isIpv4 ? 4 : 16)), port: sockaddr.u16Be(2) }
}

function readAllowedIp(ip: Attributes): string {
  const family = exactly(ip.need(wg.WGALLOWEDIP_A_FAMILY), 2).u16()
  const address = exactly(ip.need(wg.WGALLOWEDIP_A_IPADDR), family === AF_INET ? 4 : 16)
  return `${decodeIp(address)}/${exactly(ip.need(wg.WGALLOWEDIP_A_CIDR_MASK), 1).u8()}`
}

/** The attributes of each message, none longer than `maxBytes` (at least 500). */
export function answersOf(model: ModelDevice, maxBytes: number): Span[] {
  const answers: Span[] = []
  const waiting = model.device.peers.map((peer) => ({ peer, isContinued: false }))
  do {
    const writer = new MessageWriter()
    if (answers.length === 0) writeDevice(writer, model)
    const list = writer.startNested(wg.WGDEVICE_A_PEERS)
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const rest = writePeer(writer, next.peer, next.isContinued, maxBytes)
      if (rest === undefined) continue
      waiting.unshift(rest)
      break
    }
    writer.endNested(list)
    answers.push(Received.of(Uint8Array.from(writer.bytes)))
  } while (waiting.length > 0)
  return answers
}

function writeDevice(writer: MessageWriter, { device, privateKey }: ModelDevice): void {
  writer.u16(wg.WGDEVICE_A_LISTEN_PORT, device.listenPort)
  writer.u32(wg.WGDEVICE_A_FWMARK, device.fwmark)
  writer.u32(wg.WGDEVICE_A_IFINDEX, 7)
  writer.string(wg.WGDEVICE_A_IFNAME, 'wg0')
  if (privateKey === undefined) return
  writer.attribute(wg.WGDEVICE_A_PRIVATE_KEY, privateKey.revealBytes())
  writer.attribute(wg.WGDEVICE_A_PUBLIC_KEY, decodeKey(privateKey.publicKey, 'it'))
}

const peerBytes = 250
const allowedIpBytes = 40

/** What did not fit: all of it, or more allowed IPs. A peer that is told again has its key and these only. */
function writePeer(
  writer: MessageWriter,
  peer: WireguardPeer,
  isContinued: boolean,
  maxBytes: number,
): { peer: WireguardPeer; isContinued: boolean } | undefined {
  const room = Math.floor((maxBytes - writer.length - peerBytes) / allowedIpBytes)
  if (room < 0) return { peer, isContinued }
  const fitting = peer.allowedIps.slice(0, room)
  writer.nested(0, () => {
    writer.attribute(wg.WGPEER_A_PUBLIC_KEY, decodeKey(peer.publicKey, 'it'))
    if (!isContinued) writeState(writer, peer)
    writer.nested(wg.WGPEER_A_ALLOWEDIPS, () => fitting.forEach((cidr) => void writeAllowedIp(writer, cidr)))
  })
  if (fitting.length === peer.allowedIps.length) return undefined
  return { peer: { ...peer, allowedIps: peer.allowedIps.slice(room) }, isContinued: true }
}

function writeState(writer: MessageWriter, peer: WireguardPeer): void {
  const milliseconds = peer.lastHandshake?.getTime() ?? 0
  const time = new DataView(new ArrayBuffer(16))
  time.setBigInt64(0, BigInt(Math.floor(milliseconds / 1000)), true)
  time.setBigInt64(8, BigInt(milliseconds % 1000) * 1_000_000n, true)
  writer.attribute(wg.WGPEER_A_PRESHARED_KEY, new Uint8Array(32))
  writer.attribute(wg.WGPEER_A_LAST_HANDSHAKE_TIME, new Uint8Array(time.buffer))
  writer.u16(wg.WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer.keepaliveSeconds)
  writer.u64(wg.WGPEER_A_TX_BYTES, BigInt(peer.sentBytes))
  writer.u64(wg.WGPEER_A_RX_BYTES, BigInt(peer.receivedBytes))
  writer.u32(wg.WGPEER_A_PROTOCOL_VERSION, 1)
  if (peer.endpoint !== undefined) writer.attribute(wg.WGPEER_A_ENDPOINT, sockaddrOf(peer.endpoint))
}

function sockaddrOf({ address, port }: WireguardEndpoint): Uint8Array {
  const { bytes, family } = encodePrefix(address)
  const portBytes = [port >> 8, port & 255]
  if (family === 4) return Uint8Array.of(AF_INET, 0, ...portBytes, ...bytes, ...new Uint8Array(8))
  return Uint8Array.of(AF_INET6, 0, ...portBytes, 0, 0, 0, 0, ...bytes, 0, 0, 0, 0)
}

function writeAllowedIp(writer: MessageWriter, cidr: string): void {
  const { bytes, length, family } = encodePrefix(cidr)
  writer.nested(0, () => {
    writer.u8(wg.WGALLOWEDIP_A_CIDR_MASK, length)
    writer.u16(wg.WGALLOWEDIP_A_FAMILY, family === 4 ? AF_INET : AF_INET6)
    writer.attribute(wg.WGALLOWEDIP_A_IPADDR, bytes)
  })
}
