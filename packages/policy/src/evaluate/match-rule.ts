/** Does a rule match the packet that opens a flow? Source: spec/api.md 2 and invariants I17, I18. */
import { cidrContains, portsContain } from '@margay/netset'
import type { Flow, FlowPeer } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { IcmpMatch, PeerMatch, PortMatch, Rule } from '../model/rule.ts'
import type { AddressSet } from '../state/address-set.ts'
import { matchesHttp } from './match-http.ts'

/** What is found out fastest is asked first. */
export function matchesRule(rule: Rule, flow: Flow): boolean {
  return (
    (rule.ipVersion === undefined || rule.ipVersion === flow.ipVersion) &&
    (rule.protocol === undefined || rule.protocol === flow.protocol) &&
    (rule.notProtocol === undefined || rule.notProtocol !== flow.protocol) &&
    matchesIcmp(rule, flow) &&
    matchesPorts(rule.destination, flow.destination, flow.destinationPort, flow) &&
    matchesPorts(rule.source, flow.source, flow.sourcePort, flow) &&
    matchesPeer(rule.source, flow.source) &&
    matchesPeer(rule.destination, flow.destination) &&
    comesFromService(rule.source, flow) &&
    goesToService(rule.destination, flow) &&
    matchesHttp(rule.http, flow.http)
  )
}

/** Both the positive and the negated criterion speak of ICMP packets of the flow's family only (docs/adr/0005). */
function matchesIcmp({ icmp, notIcmp }: Rule, flow: Flow): boolean {
  if (icmp === undefined && notIcmp === undefined) return true
  const expected = flow.ipVersion === 4 ? protocols.icmp : protocols.icmpv6
  if (flow.protocol !== expected || flow.icmp === undefined) return false
  return (
    (icmp === undefined || isIcmp(icmp, flow.icmp)) && (notIcmp === undefined || !isIcmp(notIcmp, flow.icmp))
  )
}

function isIcmp(match: IcmpMatch, icmp: { type: number; code: number }): boolean {
  return match.type === icmp.type && (match.code === undefined || match.code === icmp.code)
}

function comesFromService({ inService }: PeerMatch, { source: { address } }: Flow): boolean {
  return inService === undefined || (address !== undefined && inService.holdsAddress(address))
}

function goesToService({ inService }: PeerMatch, flow: Flow): boolean {
  if (inService === undefined) return true
  const { protocol, destinationPort: port, destination } = flow
  const { address } = destination
  return address !== undefined && port !== undefined && inService.places.holds({ address, protocol, port })
}

/** By who it is and where it is: services and ports are another matter. */
export function matchesPeer(match: PeerMatch, peer: FlowPeer): boolean {
  return (
    matchesNets(match, peer) &&
    (match.inSet === undefined || isInSet(match.inSet, match.countsNames, peer)) &&
    (match.inDomains === undefined || match.inDomains.holds(peer)) &&
    (match.notInSet === undefined || !match.notInSet.holds(peer))
  )
}

function isInSet(set: AddressSet, countsNames: boolean, peer: FlowPeer): boolean {
  return set.holds(peer) || (countsNames && set.holdsByName(peer))
}

/** An endpoint whose address nobody knows yet is in no net. */
function matchesNets({ nets, notNets }: PeerMatch, { address }: FlowPeer): boolean {
  if (address === undefined) return nets === undefined
  if (nets !== undefined && !nets.some((net) => cidrContains(net, address))) return false
  return notNets === undefined || !notNets.some((net) => cidrContains(net, address))
}

function matchesPorts(
  { ports, notPorts }: PeerMatch,
  peer: FlowPeer,
  port: number | undefined,
  flow: Flow,
): boolean {
  return (
    (ports === undefined || isOneOf(ports, peer, port, flow)) &&
    (notPorts === undefined || !isOneOf(notPorts, peer, port, flow))
  )
}

function isOneOf(match: PortMatch, peer: FlowPeer, port: number | undefined, flow: Flow): boolean {
  if (port === undefined) return false
  return portsContain(match.ranges, port) || matchesNamedPort(match, peer, port, flow.protocol)
}

/** By the address, as the kernel sees it; an endpoint whose address nobody knows yet is known by itself. */
function matchesNamedPort(match: PortMatch, peer: FlowPeer, port: number, protocol: number): boolean {
  if (match.named === undefined) return false
  const { address, endpoint } = peer
  if (address !== undefined) return match.named.holds({ address, protocol, port })
  if (endpoint === undefined || match.namesWithin?.selects(endpoint.labels) === false) return false
  return endpoint.ports.some(
    (named) => named.port === port && named.protocol === protocol && match.names.includes(named.name),
  )
}
