/**
 * Which packets of one protocol a rule matches, by what stands in the first four bytes behind the IP header: the ports of TCP, UDP
 * and SCTP, the type and code of ICMP. Source: RFC 9293, 768, 9260, 792, 4443.
 */
import { complementPorts, type IpVersion, intersectPorts, type PortRange } from '@margay/netset'
import { type Direction, hasPorts, type IcmpMatch, type NamedPort, protocols } from '@margay/policy'
import type { PeerRule, PortNumbers } from './peer-rule.ts'

/** A rectangle, or several: every pair of a first and a second number from the lists. */
export interface Area {
  /** Source ports; for ICMP, type × 256 + code. */
  readonly first: readonly PortRange[]
  /** Destination ports; for ICMP, everything. */
  readonly second: readonly PortRange[]
}

/** All numbers; compared by identity. */
export const every: readonly PortRange[] = [{ min: 0, max: 65_535 }]

const everything: Area = { first: every, second: every }

/** What named ports of the peer mean, for the class of addresses that is asked about. */
export interface PeerNames {
  readonly ports: readonly NamedPort[]
  readonly notPorts: readonly NamedPort[]
  /** Of the service that the peer must be; of a source, its addresses suffice. */
  readonly service: readonly NamedPort[]
}

/** `undefined` as protocol stands for each one that no rule of the group mentions. */
export type ProtocolKey = number | undefined

/** Undefined: no packet of the protocol. */
export function areaOf(
  rule: PeerRule,
  protocol: ProtocolKey,
  names: PeerNames,
  { direction, version }: { direction: Direction; version: IpVersion },
): Area | undefined {
  if (!isOfProtocol(rule, protocol)) return undefined
  if (rule.icmp !== undefined || rule.notIcmp !== undefined)
    return isServed(rule, direction) ? undefined : icmpArea(rule, protocol, version)
  const { ports, notPorts } = rule.peer
  const peer = {
    only: ports === undefined ? undefined : { ranges: ports.ranges, named: names.ports },
    except: notPorts === undefined ? undefined : { ranges: notPorts.ranges, named: names.notPorts },
  }
  const own = { only: rule.ownPorts, except: rule.notOwnPorts }
  const service = isServed(rule, direction) ? { ranges: [], named: names.service } : undefined
  if (protocol === undefined || !hasPorts(protocol)) {
    const isFree = [peer.only, own.only, service].every((ports) => ports === undefined)
    return isFree ? everything : undefined
  }
  const ownPorts = portsOf(own, protocol)
  const peerPorts =
    service === undefined
      ? portsOf(peer, protocol)
      : intersectPorts(portsOf(peer, protocol), rangesOf(service, protocol))
  if (peerPorts.length === 0 || ownPorts.length === 0) return undefined
  return direction === 'Egress'
    ? { first: ownPorts, second: peerPorts }
    : { first: peerPorts, second: ownPorts }
}

/** Those that a rule tells apart from others by name or by what it asks. */
export function protocolsReadBy(
  { protocol, notProtocol, icmp, notIcmp, ...rule }: PeerRule,
  version: IpVersion,
): number[] {
  const named = [protocol, notProtocol].filter((it) => it !== undefined)
  if (protocol !== undefined) return named
  const { ports, notPorts } = rule.peer
  const asked = [ports, notPorts, rule.peer.inService, rule.ownPorts, rule.notOwnPorts]
  const asksPorts = asked.some((it) => it !== undefined)
  return [
    ...named,
    ...(asksPorts ? [protocols.tcp, protocols.udp, protocols.sctp] : []),
    ...(icmp === undefined && notIcmp === undefined ? [] : [icmpOf(version)]),
  ]
}

/** A destination must have a port of the service: no ICMP message has one. */
function isServed({ peer }: PeerRule, direction: Direction): boolean {
  return direction === 'Egress' && peer.inService !== undefined
}

function isOfProtocol({ protocol, notProtocol }: PeerRule, asked: ProtocolKey): boolean {
  return (
    (protocol === undefined || protocol === asked) && (notProtocol === undefined || notProtocol !== asked)
  )
}

function icmpOf(version: IpVersion): number {
  return version === 4 ? protocols.icmp : protocols.icmpv6
}

/** Both criteria speak of ICMP packets of the family only (docs/adr/0005), and those have no ports. */
function icmpArea(
  { icmp, notIcmp, peer, ownPorts }: PeerRule,
  protocol: ProtocolKey,
  version: IpVersion,
): Area | undefined {
  if (protocol !== icmpOf(version) || peer.ports !== undefined || ownPorts !== undefined) return undefined
  const only = icmp === undefined ? every : messagesOf(icmp)
  const first = notIcmp === undefined ? only : intersectPorts(only, complementPorts(messagesOf(notIcmp)))
  return first.length === 0 ? undefined : { first, second: every }
}

function messagesOf({ type, code }: IcmpMatch): readonly PortRange[] {
  if (type === undefined) return every
  const base = type * 256
  return [code === undefined ? { min: base, max: base + 255 } : { min: base + code, max: base + code }]
}

interface PortCriteria {
  readonly only: PortNumbers | undefined
  readonly except: PortNumbers | undefined
}

function portsOf({ only, except }: PortCriteria, protocol: number): readonly PortRange[] {
  const positive = only === undefined ? every : rangesOf(only, protocol)
  return except === undefined
    ? positive
    : intersectPorts(positive, complementPorts(rangesOf(except, protocol)))
}

function rangesOf({ ranges, named }: PortNumbers, protocol: number): readonly PortRange[] {
  const own = named.filter((port) => port.protocol === protocol)
  return own.length === 0 ? ranges : [...ranges, ...own.map(({ port }) => ({ min: port, max: port }))]
}
