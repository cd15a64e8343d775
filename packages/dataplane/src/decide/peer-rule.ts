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
  matchesPeers,
  type NamedPort,
  namedPortsOf,
  type Peer,
  type PeerMatch,
  type PortMatch,
  type Rule,
} from '@margay/policy'

export interface PeerRule {
  /** As it stands in its policy. */
  readonly source: Rule
  readonly action: Action
  readonly owner: RuleOwner
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

/** The policy or profile that a rule stands in. */
export interface RuleOwner {
  readonly tier: string
  /** As flow logs have it: `np`, `gnp`, `knp`, `kcnp`, `kanp`, `kbanp` or `pro`. */
  readonly kind: string
  /** `namespace/name`, or the name alone. */
  readonly path: string
}

/** Ranges for every protocol with ports, and single ports of one protocol each. */
export interface PortNumbers {
  readonly ranges: readonly PortRange[]
  readonly named: readonly NamedPort[]
}

/** An endpoint at one of its addresses. */
export interface OwnSide {
  readonly endpoint: Endpoint
  readonly address: Ip
}

export function peerOf(rule: Rule, direction: Direction): PeerMatch {
  return direction === 'Ingress' ? rule.source : rule.destination
}

export function ownOf(rule: Rule, direction: Direction): PeerMatch {
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

/** What a rule asks of the own side, answered. */
export interface OwnAnswer {
  readonly ownPorts: PortNumbers | undefined
  readonly notOwnPorts: PortNumbers | undefined
}

/** Undefined: the rule never matches there. */
export type AnswerOwnSide = (rule: Rule) => OwnAnswer | undefined

/** For an endpoint of which each packet has the same address. */
export function answersAt(side: OwnSide, direction: Direction): AnswerOwnSide {
  return (rule) => {
    const own = ownOf(rule, direction)
    if (!isForFamily(rule, side.address.version) || !isAt(own, side)) return undefined
    return { ownPorts: numbersOf(own.ports, side), notOwnPorts: numbersOf(own.notPorts, side) }
  }
}

/** For packets whose own side is of a class; of none when undefined: no criterion holds there. */
export function answersFor(it: Peer | undefined, version: IpVersion, direction: Direction): AnswerOwnSide {
  const numbers = (match: PortMatch | undefined) =>
    match === undefined ? undefined : { ranges: match.ranges, named: it?.namedPorts(match) ?? [] }
  return (rule) => {
    const own = ownOf(rule, direction)
    if (!isForFamily(rule, version) || !matchesPeers(own, it)) return undefined
    return { ownPorts: numbers(own.ports), notOwnPorts: numbers(own.notPorts) }
  }
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
