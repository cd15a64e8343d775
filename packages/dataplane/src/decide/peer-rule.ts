/**
 * A rule as the endpoints of one group see it: what it asks of their own side is already answered, since that is the same for every
 * packet of theirs; what it asks of the peer's side is left to look up.
 */
import { cidrContains, type Ip, type IpVersion, type PortRange } from '@margay/netset'
import {
  type Action,
  type Direction,
  type Endpoint,
  type IcmpMatch,
  type NamedPort,
  namedPortsOf,
  type PeerMatch,
  type PolicyRef,
  type PortMatch,
  type Rule,
} from '@margay/policy'

export interface PeerRule {
  readonly action: Action
  readonly policy: PolicyRef
  /** Position in the list that a person wrote. */
  readonly origin: number
  /** Position among all rules of the group; a rule that never matches has left a gap. */
  readonly position: number
  readonly protocol: number | undefined
  readonly notProtocol: number | undefined
  readonly icmp: IcmpMatch | undefined
  readonly notIcmp: IcmpMatch | undefined
  readonly peer: PeerMatch
  readonly ownPorts: PortNumbers | undefined
  readonly notOwnPorts: PortNumbers | undefined
}

/** Ranges for every protocol with ports, and single ports of one protocol each. */
export interface PortNumbers {
  readonly ranges: readonly PortRange[]
  readonly named: readonly NamedPort[]
}

/** The endpoint whose policy is compiled, at one of its addresses. */
export interface OwnSide {
  readonly endpoint: Endpoint
  readonly address: Ip
}

export function peerOf(rule: Rule, direction: Direction): PeerMatch {
  return direction === 'Ingress' ? rule.source : rule.destination
}

function ownOf(rule: Rule, direction: Direction): PeerMatch {
  return direction === 'Ingress' ? rule.destination : rule.source
}

/** Does it depend on which endpoint of those that it applies to sees it? */
export function readsOwnSide(rule: Rule, direction: Direction): boolean {
  const own = ownOf(rule, direction)
  return (
    [own.inSet, own.notInSet, own.nets, own.notNets].some((criterion) => criterion !== undefined) ||
    [own.ports, own.notPorts].some((ports) => ports !== undefined && ports.names.length > 0)
  )
}

/** What a rule asks of the own side, answered; undefined: it never matches there. */
export interface OwnAnswer {
  readonly ownPorts: PortNumbers | undefined
  readonly notOwnPorts: PortNumbers | undefined
}

export function answerOwnSide(rule: Rule, direction: Direction, side: OwnSide): OwnAnswer | undefined {
  const own = ownOf(rule, direction)
  if (!isForFamily(rule, side.address.version) || !isAt(own, side)) return undefined
  return { ownPorts: numbersOf(own.ports, side), notOwnPorts: numbersOf(own.notPorts, side) }
}

function isForFamily({ ipVersion }: Rule, version: IpVersion): boolean {
  return ipVersion === undefined || ipVersion === version
}

function isAt({ inSet, notInSet, nets, notNets }: PeerMatch, side: OwnSide): boolean {
  return (
    (inSet === undefined || inSet.holds(side)) &&
    (notInSet === undefined || !notInSet.holds(side)) &&
    (nets === undefined || nets.some((net) => cidrContains(net, side.address))) &&
    (notNets === undefined || !notNets.some((net) => cidrContains(net, side.address)))
  )
}

function numbersOf(match: PortMatch | undefined, { endpoint }: OwnSide): PortNumbers | undefined {
  return match === undefined ? undefined : { ranges: match.ranges, named: namedPortsOf(match, endpoint) }
}
