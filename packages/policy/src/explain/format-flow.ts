/** One packet that opens a connection, or a request in it, on one line. */
import { formatIp } from '@margay/netset'
import type { Flow, FlowPeer } from '../model/flow.ts'
import { protocolName } from '../model/protocol.ts'
import { formatRequest } from './format-http.ts'

/** Source ports from here on are those that systems take by themselves, so nothing is said of them. Source: RFC 6335, 6. */
const firstUnsaidPort = 49_152

/** `shop/web → shop/db TCP 5432`, `192.0.2.9 → shop/db ICMP type 8 code 0`, `shop/web → shop/api TCP 80 GET /admin`. */
export function formatFlow(
  { source, destination, http, ...packet }: Flow,
  from = formatPeer(source),
  to = formatPeer(destination),
): string {
  const request = http === undefined ? '' : ` ${formatRequest(http)}`
  return `${from} → ${to} ${formatPacket(packet)}${request}`
}

/** `namespace/name` of a workload, or the address of somebody outside. */
export function formatPeer({ endpoint, address }: FlowPeer): string {
  return endpoint?.key ?? (address === undefined ? 'outside' : formatIp(address))
}

function formatPacket(packet: Pick<Flow, 'protocol' | 'sourcePort' | 'destinationPort' | 'icmp'>): string {
  const { protocol, sourcePort, destinationPort, icmp } = packet
  const name = protocolName(protocol)
  if (icmp !== undefined) return `${name} type ${icmp.type} code ${icmp.code}`
  if (destinationPort === undefined) return name
  const isUsual = sourcePort === undefined || sourcePort >= firstUnsaidPort
  return `${name} ${destinationPort}${isUsual ? '' : ` from port ${sourcePort}`}`
}
