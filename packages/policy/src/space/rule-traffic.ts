/** Which packets between two peers a rule matches, whose addresses it matches. Source: spec/api.md 2 and invariants I17, I18. */
import { complementPorts, type IpVersion, intersectPorts, mergePorts, type PortRange } from '@margay/netset'
import type { NamedPort } from '../model/endpoint.ts'
import { hasPorts, protocols } from '../model/protocol.ts'
import type { IcmpMatch, PeerMatch, Rule } from '../model/rule.ts'
import { everyNumber, everyPair, noPairs, type Region, rectangle } from './region.ts'
import type { ProtocolSlice, Traffic, Traffics } from './traffic.ts'

/** What one side's names of ports, and its service, mean at the peer that is asked about. */
export interface SideNames {
  readonly ports: readonly NamedPort[]
  readonly notPorts: readonly NamedPort[]
  /** Undefined where the rule asks for no service, or for its addresses only. */
  readonly service: readonly NamedPort[] | undefined
}

export interface RuleNames {
  readonly source: SideNames
  readonly destination: SideNames
}

/** Cost: O(the protocols that it tells apart). */
export function trafficOfRule(rule: Rule, names: RuleNames, version: IpVersion, traffics: Traffics): Traffic {
  if (rule.ipVersion !== undefined && rule.ipVersion !== version) return traffics.none
  const cuts = new Set([0, ...toldApart(rule).flatMap((it) => [it, it + 1])])
  const starts = [...cuts].filter((it) => it <= 255).sort((one, other) => one - other)
  const slices = starts.map((min, i): ProtocolSlice => {
    const region = regionOf(rule, names, min, version)
    return { min, max: (starts[i + 1] ?? 256) - 1, region }
  })
  return traffics.of(slices)
}

/** Whatever a rule may say, it says the same of all other protocols. */
function toldApart({ protocol, notProtocol }: Rule): number[] {
  const own = [protocol, notProtocol].filter((it) => it !== undefined)
  return [...own, protocols.tcp, protocols.udp, protocols.sctp, protocols.icmp, protocols.icmpv6]
}

function regionOf(rule: Rule, names: RuleNames, protocol: number, version: IpVersion): Region {
  if (rule.protocol !== undefined && rule.protocol !== protocol) return noPairs
  if (rule.notProtocol === protocol) return noPairs
  if (rule.icmp !== undefined || rule.notIcmp !== undefined) return icmpRegion(rule, protocol, version)
  if (!hasPorts(protocol)) return asksPorts(rule) ? noPairs : everyPair
  const source = portsOf(rule.source, names.source, protocol)
  const destination = portsOf(rule.destination, names.destination, protocol)
  return rectangle(source, destination)
}

/** Is it only about packets that have ports? A destination that is a service is. */
function asksPorts({ source, destination }: Rule): boolean {
  return source.ports !== undefined || destination.ports !== undefined || destination.inService !== undefined
}

/** Both criteria speak of ICMP packets of the family only (docs/adr/0005), and those have no ports. */
function icmpRegion(rule: Rule, protocol: number, version: IpVersion): Region {
  const own = version === 4 ? protocols.icmp : protocols.icmpv6
  if (protocol !== own || asksPorts(rule)) return noPairs
  const only = rule.icmp === undefined ? everyNumber : messagesOf(rule.icmp)
  const except = rule.notIcmp === undefined ? [] : messagesOf(rule.notIcmp)
  return rectangle(intersectPorts(only, complementPorts(except)), everyNumber)
}

/** A message is its type times 256, plus its code. */
function messagesOf({ type, code }: IcmpMatch): readonly PortRange[] {
  if (type === undefined) return everyNumber
  const base = type * 256
  return [code === undefined ? { min: base, max: base + 255 } : { min: base + code, max: base + code }]
}

function portsOf({ ports, notPorts }: PeerMatch, names: SideNames, protocol: number): readonly PortRange[] {
  const only = ports === undefined ? everyNumber : mergePorts(rangesOf(ports.ranges, names.ports, protocol))
  const served =
    names.service === undefined ? only : intersectPorts(only, rangesOf([], names.service, protocol))
  if (notPorts === undefined) return served
  return intersectPorts(served, complementPorts(rangesOf(notPorts.ranges, names.notPorts, protocol)))
}

function rangesOf(
  ranges: readonly PortRange[],
  named: readonly NamedPort[],
  protocol: number,
): readonly PortRange[] {
  const own = named.filter((it) => it.protocol === protocol)
  return own.length === 0 ? ranges : [...ranges, ...own.map(({ port }) => ({ min: port, max: port }))]
}
