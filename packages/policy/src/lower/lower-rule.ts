/** From a rule of the v3 API to a rule that is ready to match. Source: spec/api.md 2 and 3.6, invariants I17 and I18; spec/dataplane.md 7.1. */
import { type Cidr, type IpVersion, mergeCidrs, mergePorts, type PortRange, parseCidr } from '@margay/netset'
import {
  type DomainPattern,
  type EntityRule,
  parseDomainPattern,
  type Rule as RuleSpec,
  type ServiceMatch,
} from '@margay/resources'
import { isSatisfiable } from '../http/satisfiable.ts'
import { protocolNumber } from '../model/protocol.ts'
import {
  type Action,
  anyPeer,
  type Direction,
  type IcmpMatch,
  type PeerMatch,
  type PortMatch,
  type Rule,
} from '../model/rule.ts'
import type { AddressSet, AddressSets } from '../state/address-set.ts'
import type { DomainSet } from '../state/domain-set.ts'
import type { ServiceLookup, ServiceSet } from '../state/service-set.ts'
import { lowerHttp } from './lower-http.ts'
import { peerSelectors } from './lower-selector.ts'
import type { LoweredPeers } from './lowered-peers.ts'
import { LoweringError } from './lowering-error.ts'

export interface RuleContext {
  /** Empty for a global policy. */
  readonly namespace: string
  readonly origin: number
  readonly direction: Direction
  readonly sets: AddressSets
  readonly services: ServiceLookup
  /** Of what is lowered together with the rule. */
  readonly peers: LoweredPeers
}

/** Undefined for a rule that can match no packet, or none that carries a request that the rule asks for. Throws LoweringError when it holds what validation would have refused. */
export function lowerRule(spec: RuleSpec, context: RuleContext): Rule | undefined {
  const versions = versionsOf(spec)
  if (versions.length === 0) return undefined
  const http = lowerHttp(spec.http)
  if (http !== undefined && !isSatisfiable(http)) return undefined
  const isNamed = context.direction === 'Egress' && spec.action === 'Allow'
  return {
    action: knownAction(spec.action),
    origin: context.origin,
    ipVersion: versions.length === 1 ? versions[0] : undefined,
    protocol: optionalProtocol(spec.protocol),
    notProtocol: optionalProtocol(spec.notProtocol),
    icmp: lowerIcmp(spec.icmp),
    notIcmp: lowerIcmp(spec.notICMP),
    http,
    source: lowerOnce(spec.source, false, context),
    destination: lowerOnce(spec.destination, isNamed, context),
  }
}

/** A rule that decides, for every packet, what a rule that could not be understood must not allow. */
export function closedRule(origin: number): Rule {
  return {
    action: 'Deny',
    origin,
    ipVersion: undefined,
    protocol: undefined,
    notProtocol: undefined,
    icmp: undefined,
    notIcmp: undefined,
    http: undefined,
    source: anyPeer,
    destination: anyPeer,
  }
}

const actions: readonly string[] = ['Allow', 'Deny', 'Pass', 'Log'] satisfies Action[]

function knownAction(action: Action): Action {
  if (!actions.includes(action)) throw new LoweringError(`unknown action ${JSON.stringify(action)}`)
  return action
}

/**
 * The families that the rule can match. The names ICMP and ICMPv6 are of one each, their numbers are not; a list of nets
 * without any of a family rules it out, also as a negation (spec I17).
 */
function versionsOf(spec: RuleSpec): readonly IpVersion[] {
  if (isOfAnyVersion(spec)) return anyVersion
  if (![undefined, 4, 6].includes(spec.ipVersion))
    throw new LoweringError(`unknown ipVersion ${spec.ipVersion}`)
  const versions = [spec.ipVersion, versionsByProtocol.get(spec.protocol)].filter((it) => it !== undefined)
  const lists = [spec.source, spec.destination].flatMap((peer) => [peer?.nets, peer?.notNets])
  const netVersions = lists.map((nets = []) => nets.map((net) => cidr(net).version))
  return anyVersion.filter(
    (version) =>
      versions.every((it) => it === version) &&
      netVersions.every((list) => list.length === 0 || list.includes(version)),
  )
}

const anyVersion: readonly IpVersion[] = [4, 6]

/** As most rules: they name no version, nothing that is of one only, and no nets. */
function isOfAnyVersion({ ipVersion, protocol, source, destination }: RuleSpec): boolean {
  return (
    ipVersion === undefined &&
    !versionsByProtocol.has(protocol) &&
    isWithoutNets(source) &&
    isWithoutNets(destination)
  )
}

function isWithoutNets(peer: EntityRule | undefined): boolean {
  return peer === undefined || (peer.nets === undefined && peer.notNets === undefined)
}

const versionsByProtocol = new Map<string | number | undefined, IpVersion>([
  ['ICMP', 4],
  ['ICMPv6', 6],
])

function optionalProtocol(protocol: string | number | undefined): number | undefined {
  if (protocol === undefined) return undefined
  const number = protocolNumber(protocol)
  if (number === undefined) throw new LoweringError(`unknown protocol ${JSON.stringify(protocol)}`)
  return number
}

function lowerIcmp(icmp: { type?: number; code?: number } | undefined): IcmpMatch | undefined {
  return icmp?.type === undefined ? undefined : { type: icmp.type, code: icmp.code }
}

function lowerOnce(peer: EntityRule | undefined, isNamed: boolean, context: RuleContext): PeerMatch {
  const { peers, namespace } = context
  return peers.of(peer, { namespace, isNamed }, (it) => lowerPeer(it, isNamed, context))
}

function lowerPeer(peer: EntityRule, isNamed: boolean, context: RuleContext): PeerMatch {
  const inDomains = lowerDomains(peer, isNamed, context)
  // Who is known by name has no namespace: what is excluded is so wherever it is.
  const selectors = peerSelectors(peer, inDomains === undefined ? context.namespace : '')
  const inSet = selectors.positive === undefined ? undefined : context.sets.resolve(selectors.positive)
  return {
    nets: lowerNets(peer.nets),
    notNets: lowerNets(peer.notNets),
    inSet,
    countsNames: isNamed && inSet !== undefined,
    inDomains,
    notInSet: selectors.negative === undefined ? undefined : context.sets.resolve(selectors.negative),
    inService: lowerService(peer.services, context),
    ports: lowerPorts(peer.ports, inSet, context),
    notPorts: lowerPorts(peer.notPorts, inSet, context),
  }
}

/** A rule that must not have domains is not what was meant, whatever is made of it. */
function lowerDomains(
  { domains = [] }: EntityRule,
  isNamed: boolean,
  { sets }: RuleContext,
): DomainSet | undefined {
  if (domains.length === 0) return undefined
  if (!isNamed) throw new LoweringError('domains are for destinations of egress rules with action Allow only')
  return sets.domains(domains.map(domainPattern))
}

function domainPattern(text: string): DomainPattern {
  const parsed = parseDomainPattern(text)
  if (parsed === undefined) throw new LoweringError(`${JSON.stringify(text)} is not the name of a domain`)
  return parsed
}

/** Without a namespace it is the policy's own, as the API documents it. */
function lowerService(service: ServiceMatch | undefined, context: RuleContext): ServiceSet | undefined {
  if (service === undefined) return undefined
  const { name, namespace = '' } = service
  return context.services.resolve(namespace === '' ? context.namespace : namespace, name)
}

/** Lists of the same addresses are the same list, so that it does not matter which of two rules is read first. */
function lowerNets(nets: readonly string[] | undefined): readonly Cidr[] | undefined {
  return nets === undefined || nets.length === 0 ? undefined : mergeCidrs(nets.map(cidr))
}

/** A net that can't be read must never turn into no restriction, so it is an error here. */
function cidr(text: string): Cidr {
  const parsed = parseCidr(text)
  if (parsed === undefined) throw new LoweringError(`${JSON.stringify(text)} is not a CIDR`)
  return parsed
}

type PortSpec = string | number

function lowerPorts(
  ports: readonly PortSpec[] | undefined,
  within: AddressSet | undefined,
  { sets }: RuleContext,
): PortMatch | undefined {
  if (ports === undefined || ports.length === 0) return undefined
  const ranges = ports.map(portRange)
  const names = ports.filter((_, i) => ranges[i] === undefined).map(String)
  return {
    ranges: mergePorts(ranges.filter((range) => range !== undefined)),
    names,
    namesWithin: within,
    named: names.length === 0 ? undefined : sets.namedPorts(names, within),
  }
}

/** A number, `min:max`, or undefined for a name. */
function portRange(port: PortSpec): PortRange | undefined {
  const match = /^(\d+)(?::(\d+))?$/.exec(String(port))
  if (match === null) return undefined
  const min = Number(match[1])
  const max = match[2] === undefined ? min : Number(match[2])
  if (min > max || max > 65535) throw new LoweringError(`${JSON.stringify(port)} is not a port range`)
  return { min, max }
}
