/** One side of a projectcalico.org/v3 rule against one end of a packet. Source: spec/api.md 2, 3.6, I17, I18; spec/dataplane.md 7.1. */
import { parseCidr } from '@margay/netset'
import type { EntityRule } from '@margay/resources'
import { inNet, portProtocols, type Thing } from './cluster.ts'
import { isDomain } from './domains.ts'
import { matchesText } from './labels.ts'
import { type Crossing, type End, hasNamedPort, isAt } from './packet.ts'

/** `policyNamespace` is empty for a global policy. */
export function matchesCalicoPeer(
  peer: EntityRule,
  end: End,
  policyNamespace: string,
  crossing: Crossing,
): boolean {
  return (
    isOfService(peer, end, policyNamespace, crossing) &&
    matchesWho(peer, end, policyNamespace, crossing) &&
    matchesDomains(peer, end) &&
    matchesNets(peer, end, crossing.packet.ipVersion) &&
    matchesPorts(peer, end, policyNamespace, crossing)
  )
}

/** What comes from a service is known by its address alone; what goes to one also by protocol and port. */
function isOfService(
  { services }: EntityRule,
  end: End,
  policyNamespace: string,
  crossing: Crossing,
): boolean {
  if (services === undefined) return true
  const namespace = services.namespace ?? policyNamespace
  return crossing.cluster.resources
    .filter((it) => it.kind === 'EndpointSlice')
    .filter(({ metadata }) => metadata.namespace === namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === services.name)
    .some(({ endpoints = [], ports = [] }) => {
      const isThere = endpoints.some(({ addresses }) => addresses.some((it) => inNet(it, end.ip)))
      const isItsPort = ports.some(({ protocol = 'TCP', port }) => {
        return port !== undefined && port === end.port && portProtocols[protocol] === crossing.packet.protocol
      })
      return isThere && (end === crossing.source || isItsPort)
    })
}

/** Wherever somebody has to be selected, one and the same pod or set must be selected and not excluded. */
function matchesWho(peer: EntityRule, end: End, policyNamespace: string, { cluster }: Crossing): boolean {
  const here = cluster.things.filter((thing) => isAt(thing, end))
  const named = cluster.things.filter((thing) => end.names.some((name) => thing.gives(name)))
  if (restrictsWho(peer, policyNamespace))
    return [...here, ...named].some(
      (thing) => isWanted(peer, policyNamespace, thing) && !isExcluded(peer, thing),
    )
  return !here.some((thing) => isExcluded(peer, thing))
}

/** One of its names must be one that is listed. */
function matchesDomains({ domains = [] }: EntityRule, { names }: End): boolean {
  return domains.length === 0 || names.some((name) => domains.some((pattern) => isDomain(pattern, name)))
}

/** Does the side say who it must be? In a namespaced policy, saying who it must not be is enough, unless it is known by name. */
function restrictsWho(peer: EntityRule, policyNamespace: string): boolean {
  const { names = [], selector } = peer.serviceAccounts ?? {}
  const isByName = names.length > 0
  const isByDomain = (peer.domains ?? []).length > 0
  const isByLabel = [peer.selector, peer.namespaceSelector, selector].some(isGiven)
  return isByName || isByLabel || (policyNamespace !== '' && isGiven(peer.notSelector) && !isByDomain)
}

function isWanted(peer: EntityRule, policyNamespace: string, thing: Thing): boolean {
  const { names = [], selector } = peer.serviceAccounts ?? {}
  const account = thing.labels.get('projectcalico.org/serviceaccount')
  return (
    matches(peer.selector, thing, '') &&
    matches(selector, thing, 'pcsa.') &&
    (names.length === 0 || (account !== undefined && names.includes(account))) &&
    isOfNamespace(peer, policyNamespace, thing)
  )
}

/** A namespace selector replaces the policy's own namespace; its `all()` is whatever has one, its `global()` what has none. */
function isOfNamespace({ namespaceSelector }: EntityRule, policyNamespace: string, thing: Thing): boolean {
  const owner = thing.labels.get('projectcalico.org/namespace')
  if (!isGiven(namespaceSelector)) return policyNamespace === '' || owner === policyNamespace
  const calls = { all: owner !== undefined, global: owner === undefined }
  return matchesText(namespaceSelector, (label) => thing.labels.get(`pcns.${label}`), calls)
}

function isExcluded({ notSelector }: EntityRule, thing: Thing): boolean {
  return isGiven(notSelector) && matches(notSelector, thing, '')
}

function matches(text: string | undefined, { labels }: Thing, prefix: string): boolean {
  return !isGiven(text) || matchesText(text, (label) => labels.get(prefix + label))
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}

/** A list without any net of the packet's IP version matches no packet, not even as a negation (I17). */
function matchesNets({ nets = [], notNets = [] }: EntityRule, { ip }: End, version: 4 | 6): boolean {
  const isOther = (list: readonly string[]) =>
    list.length > 0 && list.every((net) => parseCidr(net)?.version !== version)
  if (isOther(nets) || isOther(notNets)) return false
  if (nets.length > 0 && !nets.some((net) => inNet(net, ip))) return false
  return !notNets.some((net) => inNet(net, ip))
}

/**
 * Named ports count where a pod or host endpoint has them that the side selects, and everywhere if it selects nobody; so do
 * negated ones (I18).
 */
function matchesPorts(
  peer: EntityRule,
  end: End,
  policyNamespace: string,
  { cluster, packet }: Crossing,
): boolean {
  const { ports = [], notPorts = [] } = peer
  const namers = cluster.things.filter((it) => isAt(it, end) && mayName(peer, it, policyNamespace))
  const isNamed = (name: string) =>
    namers.some((thing) => hasNamedPort(thing, end.port, name, packet.protocol))
  const isPort = (port: string | number) => isNumber(port, end.port) || isNamed(String(port))
  return (ports.length === 0 || ports.some(isPort)) && !notPorts.some(isPort)
}

function mayName(peer: EntityRule, thing: Thing, policyNamespace: string): boolean {
  if (!restrictsWho(peer, policyNamespace)) return true
  return isWanted(peer, policyNamespace, thing) && !isExcluded(peer, thing)
}

/** 80 or "80:90". */
function isNumber(wanted: string | number, port: number | undefined): boolean {
  const [, min, max = min] = /^(\d+)(?::(\d+))?$/.exec(String(wanted)) ?? []
  return port !== undefined && min !== undefined && Number(min) <= port && port <= Number(max)
}
