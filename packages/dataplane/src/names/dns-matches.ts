/** By what DNS messages are known, and the sets that are asked. */
import type { Expression, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import { protocols } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { addressType } from '../emit/class-maps.ts'
import { ipAddress, isIn, protocol } from '../emit/expressions.ts'
import type { DnsServer } from './dns-options.ts'

const serverSet = 'servers'
const emptySegmentSet = 'empty-segments'

/** At which byte of the transport header a port stands. */
const portOffset = { saddr: 0, daddr: 2 } as const

/** Each server with both protocols, once. */
export function serversOf(version: IpVersion, servers: readonly DnsServer[]): SetContent {
  const byKey = new Map<string, Uint8Array>()
  for (const { address, port } of servers)
    for (const transport of [protocols.udp, protocols.tcp]) {
      const key = bytes.concat(bytes.address(address), bytes.octet(transport), bytes.port(port))
      byKey.set(String(key), key)
    }
  return {
    set: { name: serverSet, key: [addressType(version), 'inet_proto', 'inet_service'] },
    elements: [...byKey.values()].map((key) => ({ key })),
  }
}

/**
 * The connection began towards a server, whatever became of its address since. The packet's own protocol is asked for: an ICMP error is of the same
 * connection, and no DNS message.
 */
export function wentTo(version: IpVersion): Expression[] {
  const key = version === 4 ? 'ip daddr' : 'ip6 daddr'
  const [transport, port] = registersBehindAddress(version)
  return [
    { type: 'ct', key, direction: 'original', to: 0 },
    { type: 'meta', key: 'l4proto', to: transport },
    { type: 'ct', key: 'proto-dst', direction: 'original', to: port },
    isIn(serverSet, 0),
  ]
}

/** As the connection's first packet, or as its answers. Fails for packets that are not tracked. */
export function goes(direction: 'original' | 'reply'): Expression[] {
  return [
    { type: 'ct', key: 'direction', to: 0 },
    { type: 'cmp', operator: '==', from: 0, value: bytes.octet(direction === 'original' ? 0 : 1) },
  ]
}

/** As the packet is now. So are those found that are not tracked, or that were sent to another address. */
export function hasServerAs(side: 'saddr' | 'daddr', version: IpVersion): Expression[] {
  const [transport, port] = registersBehindAddress(version)
  return [
    ipAddress(side, version, 0),
    { type: 'meta', key: 'l4proto', to: transport },
    { type: 'payload', base: 'transport', offset: portOffset[side], length: 2, to: port },
    isIn(serverSet, 0),
  ]
}

function registersBehindAddress(version: IpVersion): readonly [number, number] {
  return version === 4 ? [1, 2] : [4, 5]
}

/** Neither of its ports now, nor that to which the connection began. Fails for packets that are not tracked. */
export function hasNoneOf(ports: readonly number[]): Expression[] {
  const loads: Expression[] = [
    { type: 'payload', base: 'transport', offset: portOffset.saddr, length: 2, to: 0 },
    { type: 'payload', base: 'transport', offset: portOffset.daddr, length: 2, to: 0 },
    { type: 'ct', key: 'proto-dst', direction: 'original', to: 0 },
  ]
  return loads.flatMap((load) => [load, ...ports.map(differs)])
}

function differs(port: number): Expression {
  return { type: 'cmp', operator: '!=', from: 0, value: bytes.port(port).subarray(0, 2) }
}

/** Words of a header of TCP: without options, and the most that its four bits can say. Source: RFC 9293 3.1. */
const [shortestHeader, longestHeader] = [5, 15]
/** Where the length of the header stands, and the flags that begin and end a connection: FIN, SYN and RST. */
const headerLengthAndFlags = { offset: 12, mask: Uint8Array.of(0xf0, 0x07) } as const

/**
 * A segment of TCP that carries nothing, and neither begins nor ends its connection: as long as its headers are. With options of IP it would be longer,
 * and is not found here.
 */
export function isEmptySegment(version: IpVersion): Expression[] {
  const { offset, mask } = headerLengthAndFlags
  return [
    ...protocol(protocols.tcp),
    { type: 'payload', base: 'network', offset: version === 4 ? 2 : 4, length: 2, to: 0 },
    { type: 'payload', base: 'transport', offset, length: 2, to: 1 },
    { type: 'bitwise', from: 1, to: 1, mask, xor: Uint8Array.of(0, 0) },
    isIn(emptySegmentSet, 0),
  ]
}

/** The length that IP tells (of IPv6: without its own header), and that of the header of TCP with none of the flags. */
export function emptySegments(version: IpVersion): SetContent {
  const words = Array.from({ length: longestHeader - shortestHeader + 1 }, (_, more) => shortestHeader + more)
  const ipHeader = version === 4 ? 20 : 0
  return {
    set: {
      name: emptySegmentSet,
      key: ['inet_service', 'inet_service'],
      comment: 'length by IP, length of the header of TCP << 12',
    },
    elements: words.map((word) => ({
      key: bytes.concat(bytes.port(ipHeader + 4 * word), bytes.port(word << 12)),
    })),
  }
}
