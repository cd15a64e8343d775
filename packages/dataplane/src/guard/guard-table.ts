/**
 * A table beside the one of policy, for the encrypted network between nodes. Pure.
 *
 * It marks what comes from outside of the node's pods, so that it is not sent into a tunnel whose other end would refuse it; and where
 * encryption is required, it drops and counts what would pass between the node's pods and others in the clear. It stands on its own: it
 * holds while policy is changed, and while no device is there.
 *
 * Source: spec/dataplane.md 1.2 for the mark. Calico has no such requirement: see ADR 0019.
 */
import type { Chain, ChainContent, Expression, NftRule, TableContent } from '@margay/netlink/nftables'
import { protocols } from '@margay/policy'
import {
  accept,
  commented,
  counter,
  destinationPort,
  drop,
  family,
  interfacePrefix,
  protocol,
  rule,
} from '../emit/expressions.ts'
import {
  exemptRules,
  isAmong,
  isFailsafe,
  isInterface,
  isNeighbourDiscovery,
  nodesSets,
  ofApi,
  setBit,
  setsOf,
} from './guard-matches.ts'
import type { Guarded, GuardedHost, GuardedTunnel, GuardOptions } from './guard-options.ts'

/** Of no other table of ours: it comes and goes by itself. */
export const guardTableName = 'margay-encryption'

export function guardTable(options: GuardOptions): TableContent | undefined {
  const { tunnels, host } = options
  if (tunnels.every(({ device, guarded }) => device === undefined && guarded === undefined)) return undefined
  const guarded = tunnels.filter((tunnel): tunnel is Guarded => tunnel.guarded !== undefined)
  const chains = [
    filter('prerouting', rawPriority, markRules(options)),
    ...(host === undefined ? [] : [apiChain(options, host)]),
    ...(guarded.length === 0 ? [] : [filter('forward', afterPolicy, forwardRules(options, guarded))]),
    ...(guarded.length === 0 || host === undefined ? [] : hostChains(options, guarded, host)),
  ]
  return {
    table: { family: 'inet', name: guardTableName },
    chains: new Map(chains.map((it) => [it.chain.name, it])),
    sets: new Map(
      [...guarded.flatMap(setsOf), ...(host === undefined ? [] : tunnels.flatMap(nodesSets))].map((it) => [
        it.set.name,
        it,
      ]),
    ),
  }
}

/** Source: linux/netfilter_ipv4.h: before connection tracking. */
const rawPriority = -300
/** Where a mark that changes lets the route be looked up anew. */
const manglePriority = -150
/** What policy denies is policy's to count. */
const afterPolicy = 10

type FilterHook = 'prerouting' | 'forward' | 'input' | 'output'

function filter(hook: FilterHook, priority: number, rules: readonly NftRule[]): ChainContent {
  const chain: Chain = { name: hook, hook: { type: 'filter', hook, priority, policy: 'accept' } }
  return { chain, rules }
}

/** What enters at any other interface is not the pods', nor was it decrypted here. */
function markRules({ mark, interfacePrefixes, tunnels }: GuardOptions): NftRule[] {
  return [
    rule(isInterface('iifname', 'lo'), accept),
    ...tunnels.flatMap((tunnel) => ofDevice(tunnel, 'iifname', [])),
    ...interfacePrefixes.map((prefix) => rule(interfacePrefix('iifname', prefix), accept)),
    rule(setBit(mark)),
  ]
}

/** Requests, and answers where the API is on this node. */
function apiChain({ mark, tunnels }: GuardOptions, { apiPorts }: GuardedHost): ChainContent {
  const hook = { type: 'route', hook: 'output', priority: manglePriority, policy: 'accept' } as const
  const rules = ofApi('daddr', tunnels, apiPorts).map((match) => rule(match, setBit(mark)))
  return { chain: { name: 'api', hook }, rules }
}

function forwardRules({ interfacePrefixes }: GuardOptions, tunnels: readonly Guarded[]): NftRule[] {
  const pairs = interfacePrefixes.flatMap((from) => interfacePrefixes.map((to) => ({ from, to })))
  return [
    ...pairs.map(({ from, to }) =>
      rule(interfacePrefix('iifname', from), interfacePrefix('oifname', to), accept),
    ),
    ...tunnels.flatMap((tunnel) => [
      ...ofDevice(tunnel, 'iifname', family(tunnel.version)),
      ...ofDevice(tunnel, 'oifname', family(tunnel.version)),
    ]),
    ...tunnels.flatMap(exemptRules),
    ...tunnels.flatMap((tunnel) =>
      interfacePrefixes.flatMap((prefix) => [
        refusal(toOthers, interfacePrefix('iifname', prefix), isAmong('guarded', 'daddr', tunnel)),
        refusal(fromOthers, interfacePrefix('oifname', prefix), isAmong('guarded', 'saddr', tunnel)),
      ]),
    ),
  ]
}

const toOthers = 'to another node, not encrypted'
const fromOthers = 'from another node, not encrypted'

function refusal(comment: string, ...matches: readonly (readonly Expression[])[]): NftRule {
  return commented(comment, ...matches, counter, drop)
}

function ofDevice(
  { device }: GuardedTunnel,
  side: 'iifname' | 'oifname',
  match: readonly Expression[],
): NftRule[] {
  return device === undefined ? [] : [rule(match, isInterface(side, device.interfaceName), accept)]
}

/**
 * Whoever can't reach a node any more must be able to mend it: failsafe ports pass, in both directions since answers are not tracked
 * here. So do the tunnel's own packets, and those by which IPv6 neighbours find each other.
 */
function hostChains(options: GuardOptions, tunnels: readonly Guarded[], host: GuardedHost): ChainContent[] {
  const { inbound, outbound } = host
  const inwards = {
    interface: 'iifname',
    address: 'saddr',
    requests: inbound,
    answers: outbound,
    comment: fromOthers,
  } as const
  const outwards = {
    interface: 'oifname',
    address: 'daddr',
    requests: outbound,
    answers: inbound,
    comment: toOthers,
  } as const
  const rulesOf = (way: typeof inwards | typeof outwards): NftRule[] => [
    rule(isInterface(way.interface, 'lo'), accept),
    ...options.interfacePrefixes.map((prefix) => rule(interfacePrefix(way.interface, prefix), accept)),
    ...tunnels.flatMap((tunnel) => [
      ...ofDevice(tunnel, way.interface, family(tunnel.version)),
      ...ofTunnel(tunnel),
      ...exemptRules(tunnel),
    ]),
    rule(isNeighbourDiscovery, accept),
    ...ofApi(way.address, tunnels, host.apiPorts).map((match) => rule(match, accept)),
    ...way.requests.map((port) => rule(isFailsafe(port, 'destination'), accept)),
    ...way.answers.map((port) => rule(isFailsafe(port, 'source'), accept)),
    ...tunnels.map((tunnel) => refusal(way.comment, isAmong('guarded', way.address, tunnel))),
  ]
  return [filter('input', afterPolicy, rulesOf(inwards)), filter('output', afterPolicy, rulesOf(outwards))]
}

/** Encrypted packets themselves. */
function ofTunnel({ version, device }: GuardedTunnel): NftRule[] {
  if (device === undefined) return []
  return [rule(family(version), protocol(protocols.udp), destinationPort(device.listenPort), accept)]
}
