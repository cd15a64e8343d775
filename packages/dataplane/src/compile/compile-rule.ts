/**
 * One policy rule ▶ the nftables rules that match exactly the same packets.
 *
 * A rule that speaks of addresses becomes one rule for each family. Numeric and named ports are alternatives, and so are
 * two rules. A criterion that nobody can meet makes no rule at all, never one without the criterion (spec I17).
 */
import { formatCidr, formatPortRange, type IpVersion, mergeCidrs, type PortRange } from '@margay/netset'
import { type IcmpMatch, type PeerMatch, type PortMatch, protocols, type Rule } from '@margay/policy'
import type { SetBuilder } from './sets.ts'

/** The matches of each nftables rule, without a verdict. Several are alternatives; none means that it never matches. */
export function compileMatches(rule: Rule, sets: SetBuilder): string[] {
  return families(rule).flatMap((version) => compileFor(rule, version, sets))
}

type Family = IpVersion | undefined

/** Undefined when the rule reads the same for both families. */
function families(rule: Rule): Family[] {
  const needed = rule.ipVersion !== undefined || rule.icmp !== undefined || rule.notIcmp !== undefined
  if (!needed && !speaksOfAddresses(rule.source) && !speaksOfAddresses(rule.destination)) return [undefined]
  return ([4, 6] as const).filter((version) => rule.ipVersion === undefined || rule.ipVersion === version)
}

function speaksOfAddresses(peer: PeerMatch): boolean {
  const named = [peer.ports, peer.notPorts].some((ports) => ports !== undefined && ports.names.length > 0)
  return (
    named || [peer.nets, peer.notNets, peer.inSet, peer.notInSet].some((criterion) => criterion !== undefined)
  )
}

/** Each criterion is a list of alternatives; a rule is made for each combination of them. */
function compileFor(rule: Rule, version: Family, sets: SetBuilder): string[] {
  const criteria = [
    [familyMatch(version)],
    [protocolMatch(rule)],
    icmpCriterion(rule, version),
    ...peerCriteria(rule.source, 's', rule, version, sets),
    ...peerCriteria(rule.destination, 'd', rule, version, sets),
  ]
  return product(criteria.filter(restricts)).map((matches) =>
    matches.filter((match) => match !== '').join(' '),
  )
}

function restricts(alternatives: readonly string[]): boolean {
  return alternatives.length !== 1 || alternatives[0] !== ''
}

function product(criteria: readonly (readonly string[])[]): string[][] {
  return criteria.reduce<string[][]>(
    (rows, alternatives) => rows.flatMap((row) => alternatives.map((match) => [...row, match])),
    [[]],
  )
}

function familyMatch(version: Family): string {
  return version === undefined ? '' : `meta nfproto ipv${version}`
}

function protocolMatch({ protocol, notProtocol }: Rule): string {
  const positive = protocol === undefined ? '' : `meta l4proto ${protocol}`
  const negative = notProtocol === undefined ? '' : `meta l4proto != ${notProtocol}`
  return [positive, negative].filter((match) => match !== '').join(' ')
}

/** An empty list: no packet of this protocol is an ICMP packet. nft would refuse such a rule, and all others with it. */
function icmpCriterion({ protocol, notProtocol, icmp, notIcmp }: Rule, version: Family): string[] {
  if (icmp === undefined && notIcmp === undefined) return ['']
  const header = version === 4 ? 'icmp' : 'icmpv6'
  const number = version === 4 ? protocols.icmp : protocols.icmpv6
  if ((protocol ?? number) !== number || notProtocol === number) return []
  const own = protocol === number ? [] : [`meta l4proto ${number}`]
  return [[...own, ...icmpTerms(header, icmp, '=='), ...icmpTerms(header, notIcmp, '!=')].join(' ')]
}

function icmpTerms(header: string, match: IcmpMatch | undefined, operator: '==' | '!='): string[] {
  if (match === undefined) return []
  if (match.code === undefined) return [`${header} type ${operator} ${match.type}`]
  return [`${header} type . ${header} code ${operator} { ${match.type} . ${match.code} }`]
}

type Side = 's' | 'd'

function peerCriteria(
  peer: PeerMatch,
  side: Side,
  rule: Rule,
  version: Family,
  sets: SetBuilder,
): string[][] {
  return [
    ...(version === undefined ? [] : [addressCriterion(peer, side, version, sets)]),
    portAlternatives(peer.ports, side, version, sets),
    notPortAlternatives(peer.notPorts, side, rule, version, sets),
  ]
}

/** An empty list: no address can match. */
function addressCriterion(peer: PeerMatch, side: Side, version: IpVersion, sets: SetBuilder): string[] {
  const field = `${version === 4 ? 'ip' : 'ip6'} ${side}addr`
  const terms: string[] = []
  for (const [criterion, operator] of [
    [peer.inSet, ''],
    [peer.notInSet, '!= '],
  ] as const) {
    if (criterion === undefined) continue
    const name = sets.addresses(criterion, version)
    if (name !== undefined) terms.push(`${field} ${operator}@${name}`)
    else if (operator === '') return []
  }
  for (const [nets, operator] of [
    [peer.nets, ''],
    [peer.notNets, '!= '],
  ] as const) {
    if (nets === undefined) continue
    const own = mergeCidrs(nets.filter((net) => net.version === version))
    if (own.length > 0) terms.push(`${field} ${operator}{ ${own.map(formatCidr).join(', ')} }`)
    else if (operator === '') return []
  }
  return [terms.join(' ')]
}

function portAlternatives(
  match: PortMatch | undefined,
  side: Side,
  version: Family,
  sets: SetBuilder,
): string[] {
  if (match === undefined) return ['']
  const numeric = match.ranges.length === 0 ? [] : [`th ${side}port { ${ranges(match.ranges)} }`]
  const name = namedPorts(match, version, sets)
  return name === undefined ? numeric : [...numeric, `${tuple(side, version)} @${name}`]
}

/** Packets of protocols without ports have none that could be excluded, and no port field to look at. */
function notPortAlternatives(
  match: PortMatch | undefined,
  side: Side,
  rule: Rule,
  version: Family,
  sets: SetBuilder,
): string[] {
  if (match === undefined) return ['']
  const numeric = match.ranges.length === 0 ? '' : `th ${side}port != { ${ranges(match.ranges)} }`
  const name = namedPorts(match, version, sets)
  const named = name === undefined ? '' : `${tuple(side, version)} != @${name}`
  const both = [numeric, named].filter((term) => term !== '').join(' ')
  if (both === '' || rule.protocol !== undefined) return [both]
  const carriers = [protocols.tcp, protocols.udp, protocols.sctp].join(', ')
  return [`meta l4proto { ${carriers} } ${both}`, `meta l4proto != { ${carriers} }`]
}

function namedPorts(match: PortMatch, version: Family, sets: SetBuilder): string | undefined {
  return match.names.length === 0 || version === undefined ? undefined : sets.namedPorts(match, version)
}

function tuple(side: Side, version: Family): string {
  return `${version === 4 ? 'ip' : 'ip6'} ${side}addr . meta l4proto . th ${side}port`
}

function ranges(ports: readonly PortRange[]): string {
  return ports.map((range) => formatPortRange(range).replace(':', '-')).join(', ')
}
