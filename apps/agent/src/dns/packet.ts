/**
 * Addresses, ports and data of a packet as NFQUEUE gives it: from the IP header on.
 *
 * Fragments are none: connection tracking puts them together before, and one alone says nothing that could be trusted. Checksums are
 * not looked at: those of packets from this node are made later, by the network card, and the kernel drops what has a wrong one.
 * Source  RFC 791, RFC 8200 section 4, RFC 4302 section 2.2, RFC 768, RFC 9293 section 3.1.
 */
import type { Ip } from '@margay/netset'
import { ipv4At, ipv6At, uint16At, uint32At } from './message/ip-bytes.ts'

export type Packet = UdpPacket | TcpPacket

export interface UdpPacket extends Ends {
  readonly protocol: 'udp'
}

export interface TcpPacket extends Ends {
  readonly protocol: 'tcp'
  /** Of the first byte of the data, or of the SYN before it. */
  readonly sequence: number
  readonly isSyn: boolean
  readonly isFin: boolean
  readonly isReset: boolean
}

interface Ends {
  readonly source: Ip
  readonly sourcePort: number
  readonly destination: Ip
  readonly destinationPort: number
  /** A part of the packet, not a copy of it. */
  readonly data: Uint8Array
}

/** What an IP header says of what is behind it. */
interface Network {
  readonly source: Ip
  readonly destination: Ip
  readonly protocol: number
  readonly transport: Uint8Array
}

const [tcp, udp] = [6, 17]

/** Undefined for what is no whole packet of UDP or TCP. Never throws. */
export function readPacket(bytes: Uint8Array): Packet | undefined {
  const version = (bytes[0] ?? 0) >> 4
  const network = version === 4 ? readIpv4(bytes) : version === 6 ? readIpv6(bytes) : undefined
  if (network?.protocol === udp) return readUdp(network)
  if (network?.protocol === tcp) return readTcp(network)
  return undefined
}

function readIpv4(bytes: Uint8Array): Network | undefined {
  const headerLength = ((bytes[0] ?? 0) & 0x0f) * 4
  const totalLength = uint16At(bytes, 2)
  if (headerLength < 20 || totalLength < headerLength || totalLength > bytes.length) return undefined
  // More fragments follow, or others came before.
  if ((uint16At(bytes, 6) & 0x3fff) !== 0) return undefined
  return {
    source: ipv4At(bytes, 12),
    destination: ipv4At(bytes, 16),
    protocol: bytes[9] ?? 0,
    transport: bytes.subarray(headerLength, totalLength),
  }
}

const ipv6HeaderLength = 40

function readIpv6(bytes: Uint8Array): Network | undefined {
  const end = ipv6HeaderLength + uint16At(bytes, 4)
  if (bytes.length < ipv6HeaderLength || end > bytes.length) return undefined
  const upper = skipExtensions(bytes.subarray(0, end), bytes[6] ?? 0)
  if (upper === undefined) return undefined
  return { source: ipv6At(bytes, 8), destination: ipv6At(bytes, 24), ...upper }
}

const [hopByHop, routing, authentication, destinationOptions] = [0, 43, 51, 60]
const maxExtensions = 8

/** Undefined for one that is cut, and too many; what is a fragment, or encrypted, is neither UDP nor TCP. */
function skipExtensions(
  bytes: Uint8Array,
  first: number,
): Pick<Network, 'protocol' | 'transport'> | undefined {
  let [protocol, at] = [first, ipv6HeaderLength]
  for (let skipped = 0; skipped <= maxExtensions; skipped++) {
    const length = extensionLength(protocol, bytes[at + 1] ?? 0)
    if (length === undefined) return { protocol, transport: bytes.subarray(at) }
    if (at + length > bytes.length) return undefined
    protocol = bytes[at] ?? 0
    at += length
  }
  return undefined
}

/** Undefined for what is no extension to skip. */
function extensionLength(protocol: number, length: number): number | undefined {
  if (protocol === authentication) return (length + 2) * 4
  const isOther = protocol === hopByHop || protocol === routing || protocol === destinationOptions
  return isOther ? (length + 1) * 8 : undefined
}

const udpHeaderLength = 8

function readUdp({ source, destination, transport }: Network): UdpPacket | undefined {
  const length = uint16At(transport, 4)
  if (length < udpHeaderLength || length > transport.length) return undefined
  const ends = { source, destination, ...portsOf(transport) }
  return { protocol: 'udp', ...ends, data: transport.subarray(udpHeaderLength, length) }
}

const tcpHeaderLength = 20

function readTcp({ source, destination, transport }: Network): TcpPacket | undefined {
  const [offset, flags] = [((transport[12] ?? 0) >> 4) * 4, transport[13] ?? 0]
  if (offset < tcpHeaderLength || offset > transport.length) return undefined
  return {
    protocol: 'tcp',
    source,
    destination,
    ...portsOf(transport),
    data: transport.subarray(offset),
    sequence: uint32At(transport, 4),
    isSyn: (flags & 0x02) !== 0,
    isFin: (flags & 0x01) !== 0,
    isReset: (flags & 0x04) !== 0,
  }
}

function portsOf(transport: Uint8Array): Pick<Ends, 'sourcePort' | 'destinationPort'> {
  return { sourcePort: uint16At(transport, 0), destinationPort: uint16At(transport, 2) }
}
