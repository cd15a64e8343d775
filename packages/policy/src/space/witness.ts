/** One packet of a set, as somebody would send it: what a proof shows. */
import type { IpVersion, PortRange } from '@margay/netset'
import type { Flow, FlowPeer } from '../model/flow.ts'
import { hasPorts, protocols } from '../model/protocol.ts'
import type { Block } from './flows-between.ts'
import type { SpacePeer } from './peer-classes.ts'
import type { Region } from './region.ts'
import type { Traffic } from './traffic.ts'

export type WitnessPacket = Pick<Flow, 'protocol' | 'sourcePort' | 'destinationPort' | 'icmp'>

/** The more usual, the better. */
const usualProtocols = [protocols.tcp, protocols.udp, protocols.icmp, protocols.icmpv6, protocols.sctp]
const usualPorts = [443, 80, 8080, 53, 22]
/** Where the system takes source ports from. Source: RFC 6335, 6. */
const usualSourcePort = 49_152
const echo: Readonly<Record<number, number>> = { [protocols.icmp]: 8, [protocols.icmpv6]: 128 }

/** Undefined of nothing. */
export function witnessPacket(traffic: Traffic, version: IpVersion): WitnessPacket | undefined {
  const [first] = traffic.slices
  if (first === undefined) return undefined
  const protocol = usualProtocols.find((it) => traffic.regionOf(it).length > 0) ?? first.min
  const [one, other] = pairOf(traffic.regionOf(protocol), protocol)
  const isIcmp = protocol === (version === 4 ? protocols.icmp : protocols.icmpv6)
  const ports = hasPorts(protocol)
  return {
    protocol,
    sourcePort: ports ? one : undefined,
    destinationPort: ports ? other : undefined,
    icmp: isIcmp ? { type: one >> 8, code: one & 255 } : undefined,
  }
}

/** A member of each block, of which policy is asked: a workload may always talk to itself. Undefined where there are no two. */
export function witnessPeers(from: Block, to: Block): readonly [SpacePeer, SpacePeer] | undefined {
  const destinations = peersOf(to)
  for (const source of peersOf(from)) {
    const destination = destinations.find((it) => !isSame(it, source))
    if (destination !== undefined) return [source, destination]
  }
  return undefined
}

function peersOf({ workloads, outside }: Block): SpacePeer[] {
  return outside.length === 0 ? [...workloads] : [...workloads, { kind: 'Outside', spans: outside }]
}

/** As the evaluator is asked about it. */
export function peerOf(peer: SpacePeer, version: IpVersion): FlowPeer {
  if (peer.kind === 'Workload') return { endpoint: peer.endpoint, address: peer.address }
  const [span] = peer.spans
  return { endpoint: undefined, address: span === undefined ? undefined : { version, value: span.first } }
}

function isSame(peer: SpacePeer, other: SpacePeer): boolean {
  return peer.kind === 'Workload' && other.kind === 'Workload' && peer.endpoint === other.endpoint
}

function pairOf(region: Region, protocol: number): [number, number] {
  const wantedFirst = hasPorts(protocol) ? usualSourcePort : (echo[protocol] ?? 0) * 256
  const slab = region.find(({ first }) => isIn(wantedFirst, first)) ?? region[0]
  if (slab === undefined) return [0, 0]
  const first = isIn(wantedFirst, slab.first) ? wantedFirst : slab.first.min
  const usual = usualPorts.find((port) => slab.second.some((range) => isIn(port, range)))
  return [first, usual ?? slab.second[0]?.min ?? 0]
}

function isIn(number: number, { min, max }: PortRange): boolean {
  return min <= number && number <= max
}
