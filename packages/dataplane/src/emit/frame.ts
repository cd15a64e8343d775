/** The chains that are there whatever the policy is. Source: spec/dataplane.md 1.2, 1.6, 1.7, 2.2, 3. */
import { type ChainContent, conntrackStatus, type Expression, type NftRule } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { Direction, NodeSettings } from '@margay/policy'
import type { Stage } from '../decide/group.ts'
import type { Outcome } from '../decide/outcome.ts'
import type { RuleOwner } from '../decide/peer-rule.ts'
import { beatChain } from '../reconcile/changes-between.ts'
import * as bytes from './bytes.ts'
import { type PodMaps, podRule, versions } from './dispatch.ts'
import {
  accept,
  commented,
  conntrack,
  counter,
  destinationPort,
  drop,
  equals,
  family,
  goTo,
  interfacePrefix,
  ipAddress,
  isIn,
  protocol,
  rule,
} from './expressions.ts'
import type { HostDispatch } from './host-dispatch.ts'
import type { Limits } from './limits.ts'
import { anyLinkLocal, podSourcePrefixes, podSources, type Sources } from './sources.ts'
import { tunnelRules } from './tunnels.ts'

/** Where packets enter. Source: linux/netfilter_ipv4.h. */
const priority = { raw: -300, mangle: -150, filter: 0 }

/** Set on a packet whose host endpoint has allowed it at an early stage, and on what is forwarded. Source: spec 2.1. */
const acceptedMark = 0x1_0000

export interface FrameParts {
  readonly host: HostDispatch
  readonly limits: Limits
  readonly sources: Sources
  /** Of both directions and IP versions. */
  readonly pods: readonly PodMaps[]
}

export function frame(settings: NodeSettings, { host, limits, sources, pods }: FrameParts): ChainContent[] {
  const podRules = (direction: Direction) => pods.filter((it) => it.direction === direction).map(podRule)
  const each = (rules: (prefix: string) => NftRule[]) => settings.interfacePrefixes.flatMap(rules)
  const fromPods = (chain: string) =>
    each((prefix) => [rule(interfacePrefix('iifname', prefix), goTo(chain))])
  const toPods = (chain: string) => each((prefix) => [rule(interfacePrefix('oifname', prefix), goTo(chain))])
  const established = rule(conntrack('established', 'related'), accept)
  const tunnels = tunnelRules(settings, denial(settings))
  return [
    base('prerouting', priority.raw, [
      ...(host.isEmpty ? [] : [clearMark]),
      ...fromPods('spoof-check'),
      ...host.enter('Untracked', 'Ingress'),
    ]),
    chain(beatChain, [rule(counter)]),
    chain('spoof-check', spoofCheck(sources.prefixed)),
    ...optional(host.enter('PreDNAT', 'Ingress'), (enter) =>
      base(
        'prerouting',
        priority.mangle,
        [established, ifMarked(accept), ...enter],
        'prerouting-before-dnat',
      ),
    ),
    base('forward', priority.filter, [
      ...limits.packetRate.Egress,
      ...limits.packetRate.Ingress,
      established,
      ...host.enter('Forward', 'Ingress').map(unlessMarked),
      ...fromPods('from-pod'),
      ...toPods('to-pod'),
      rule(goTo('forwarded')),
    ]),
    chain('forwarded', [...(host.isEmpty ? [] : [setMark]), rule(accept)]),
    // A hook of its own: behind policy of two pods, what it leads to would be deeper than the kernel allows.
    ...optional(host.enter('Forward', 'Egress'), (enter) =>
      base('forward', priority.filter + 1, [established, ...enter], 'forward-out'),
    ),
    base('input', priority.filter, [
      ...tunnels.input,
      ...limits.packetRate.Egress,
      established,
      ...each((prefix) => neighbourDiscoveryFrom(prefix)),
      ...fromPods('from-pod'),
      ...optional(host.enter('Normal', 'Ingress'), (enter) => [ifMarked(accept), ...enter]).flat(),
    ]),
    ...hostEgress(host, toPods, tunnels.output),
    chain('from-pod', [
      ...invalid(settings),
      ...limits.connections.Egress,
      ...encapsulated(settings),
      ...podRules('Egress'),
      unknown(),
    ]),
    chain('to-pod', [...invalid(settings), ...limits.connections.Ingress, ...podRules('Ingress'), unknown()]),
    chain('egress-allowed', [...toPods('to-pod'), rule(isForwarded, goTo('forwarded')), toOwnNode(settings)]),
  ]
}

function optional<T>(rules: readonly NftRule[], make: (rules: readonly NftRule[]) => T): T[] {
  return rules.length === 0 ? [] : [make(rules)]
}

/**
 * What the node itself sends. A packet to a pod of the node is free. Where a packet was given another destination, its way out is only
 * known behind routing, so it is judged there.
 */
function hostEgress(
  host: HostDispatch,
  toPods: (chain: string) => NftRule[],
  tunnels: readonly NftRule[],
): ChainContent[] {
  const [early, late] = [host.enter('Untracked', 'Egress'), host.enter('Normal', 'Egress')]
  const established = rule(conntrack('established', 'related'), accept)
  const isTranslated = (operator: '==' | '!='): Expression[] => [
    { type: 'ct', key: 'status', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(conntrackStatus.dnat), xor: bytes.hostInt(0) },
    { type: 'cmp', operator, from: 0, value: bytes.hostInt(0) },
  ]
  return [
    // Also where there is nothing to ask: a process may set the mark, and later hooks would believe it.
    ...optional([...early, ...late], () =>
      base('output', priority.raw, [clearMark, ...early], 'output-untracked'),
    ),
    ...optional(late, (enter) =>
      base('output', priority.filter, [
        established,
        ifMarked(accept),
        ...toPods('free'),
        ...tunnels,
        rule(isTranslated('!='), accept),
        ...enter,
      ]),
    ),
    ...optional(late, (enter) =>
      base('postrouting', priority.mangle, [
        established,
        ifMarked(accept),
        ...toPods('free'),
        rule(isTranslated('=='), accept),
        ...enter,
      ]),
    ),
    ...optional(late, () => chain('free', [rule(accept)])),
  ]
}

/** What each verdict means at each stage. An allowed packet goes on to whoever else has a say, and one that was only counted comes back. */
export function verdictActions(settings: NodeSettings) {
  const deny = denial(settings)
  const back: Expression[] = [{ type: 'verdict', verdict: { kind: 'return' } }]
  return ({ kind, direction, isStaged }: Stage, verdict: Outcome['verdict']): Expression[] => {
    if (isStaged) return back
    if (verdict === 'Deny') return kind === 'Untracked' || kind === 'PreDNAT' ? [drop] : deny
    if (verdict === 'Pass') return back
    switch (kind) {
      case 'Workload':
        return [goTo(direction === 'Egress' ? 'egress-allowed' : 'forwarded')]
      case 'Untracked':
        return [{ type: 'notrack' }, ...markAccepted, accept]
      case 'PreDNAT':
        return [...markAccepted, accept]
      case 'Normal':
        return [accept]
      case 'Forward':
        return back
    }
  }
}

function denial({ denyAction }: NodeSettings): Expression[] {
  return [denyAction === 'Drop' ? drop : { type: 'reject', with: 'icmpx-port-unreachable' }]
}

const markBit = bytes.hostInt(acceptedMark)

const markAccepted: Expression[] = [
  { type: 'meta', key: 'mark', to: 0 },
  { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(~acceptedMark >>> 0), xor: markBit },
  { type: 'set-meta', key: 'mark', from: 0 },
]

const setMark: NftRule = rule(markAccepted)

/** Others may have left it set. */
const clearMark: NftRule = rule(
  { type: 'meta', key: 'mark', to: 0 },
  { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(~acceptedMark >>> 0), xor: bytes.hostInt(0) },
  { type: 'set-meta', key: 'mark', from: 0 },
)

function marked(operator: '==' | '!='): Expression[] {
  return [
    { type: 'meta', key: 'mark', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: markBit, xor: bytes.hostInt(0) },
    { type: 'cmp', operator, from: 0, value: bytes.hostInt(0) },
  ]
}

function ifMarked(action: Expression): NftRule {
  return rule(marked('!='), action)
}

function unlessMarked({ expressions }: NftRule): NftRule {
  return rule(marked('=='), expressions)
}

function base(
  hook: 'prerouting' | 'forward' | 'input' | 'output' | 'postrouting',
  at: number,
  rules: readonly NftRule[],
  name: string = hook,
): ChainContent {
  return {
    chain: { name, hook: { type: 'filter', hook, priority: at, policy: 'accept' } },
    rules,
  }
}
function chain(name: string, rules: readonly NftRule[]): ChainContent {
  return { chain: { name }, rules }
}

function invalid({ disableConntrackInvalidCheck }: NodeSettings): NftRule[] {
  if (disableConntrackInvalidCheck) return []
  return [commented('conntrack does not know what it belongs to', conntrack('invalid'), counter, drop)]
}

function unknown(): NftRule {
  return commented('a pod without policy yet', counter, drop)
}

/** A tunnel out of a pod would carry packets that nobody judged. */
function encapsulated(settings: NodeSettings): NftRule[] {
  const [udp, ipip] = [17, 4]
  const vxlan = [protocol(udp), destinationPort(settings.vxlanPort)]
  return [
    ...(settings.allowVxlanFromWorkloads ? [] : [commented('VXLAN out of a pod', ...vxlan, counter, drop)]),
    ...(settings.allowIpipFromWorkloads
      ? []
      : [commented('IPIP out of a pod', protocol(ipip), counter, drop)]),
  ]
}

/** A packet to the node itself has no way out. */
const isForwarded: Expression[] = [
  { type: 'meta', key: 'oif', to: 0 },
  { type: 'cmp', operator: '!=', from: 0, value: bytes.hostInt(0) },
]

function toOwnNode({ defaultEndpointToHostAction: action }: NodeSettings): NftRule {
  return commented('pod to its own node', counter, action === 'Drop' ? drop : accept)
}

const icmpv6 = 58

/** MLD queries, reports and dones, router and neighbour solicitations, neighbour advertisements. Source: RFC 4861, 2710. */
const neighbourDiscovery = [130, 131, 132, 133, 135, 136]

function neighbourDiscoveryFrom(prefix: string): NftRule[] {
  const isFromPod = interfacePrefix('iifname', prefix)
  return neighbourDiscovery.map((type) =>
    rule(isFromPod, family(6), protocol(icmpv6), icmpType(), equals(0, Uint8Array.of(type)), accept),
  )
}

function icmpType(): Expression {
  return { type: 'payload', base: 'transport', offset: 0, length: 1, to: 0 }
}

/**
 * Only an endpoint's own addresses come out of its interface. Link-local addresses never leave the link, and a pod needs one,
 * or none yet, to find its neighbours.
 */
function spoofCheck(prefixed: readonly IpVersion[]): NftRule[] {
  const ifname: Expression = { type: 'meta', key: 'iifname', to: 0 }
  const isKnown = (set: string, version: 4 | 6) => [ifname, ipAddress('saddr', version, 4), isIn(set, 0)]
  const v6 = family(6)
  return [
    ...versions.map((version) => rule(family(version), isKnown(podSources(version), version), accept)),
    ...prefixed.map((version) => rule(family(version), isKnown(podSourcePrefixes(version), version), accept)),
    rule(
      v6,
      ifname,
      isIn(anyLinkLocal, 0),
      inPrefix('saddr', linkLocal),
      inPrefix('daddr', linkLocal),
      accept,
    ),
    rule(
      v6,
      ifname,
      isIn(anyLinkLocal, 0),
      inPrefix('saddr', linkLocal),
      inPrefix('daddr', linkMulticast),
      accept,
    ),
    ...[neighbourSolicitation, multicastReport].map((type) =>
      rule(
        v6,
        ipAddress('saddr', 6, 0),
        equals(0, new Uint8Array(16)),
        protocol(icmpv6),
        icmpType(),
        equals(0, Uint8Array.of(type)),
        accept,
      ),
    ),
    commented('a source that is not the pod’s'.replace('’', "'"), counter, drop),
  ]
}

/** Detecting a duplicate address, and joining groups for it. Source: RFC 4862 5.4, RFC 3810. */
const neighbourSolicitation = 135
const multicastReport = 143

interface Prefix {
  readonly mask: Uint8Array
  readonly value: Uint8Array
}

const linkLocal: Prefix = prefix([0xff, 0xc0], [0xfe, 0x80])
/** Groups of the link, ff02::/16. */
const linkMulticast: Prefix = prefix([0xff, 0xff], [0xff, 0x02])

function prefix(mask: readonly number[], value: readonly number[]): Prefix {
  const sixteen = (leading: readonly number[]) => Uint8Array.from({ length: 16 }, (_, i) => leading[i] ?? 0)
  return { mask: sixteen(mask), value: sixteen(value) }
}

function inPrefix(side: 'saddr' | 'daddr', { mask, value }: Prefix): Expression[] {
  return [
    ipAddress(side, 6, 0),
    { type: 'bitwise', from: 0, to: 0, mask, xor: new Uint8Array(16) },
    equals(0, value),
  ]
}

/** Source: spec/dataplane.md 2.3. */
export function logLine({ logPrefix, logRateLimit }: NodeSettings): (owner: RuleOwner) => Expression[] {
  const limit: Expression[] =
    logRateLimit === undefined
      ? []
      : [
          {
            type: 'limit',
            rate: BigInt(logRateLimit.lines),
            per: logRateLimit.per,
            unit: 'packets',
            burst: logRateLimit.burst,
          },
        ]
  return (owner) => [...limit, { type: 'log', prefix: prefixOf(logPrefix, owner), level: 'info' }]
}

/** The kernel takes 127 bytes. */
function prefixOf(logPrefix: string, { tier, kind, path }: RuleOwner): string {
  const values: Readonly<Record<string, string>> = {
    '%t': tier,
    '%k': kind,
    '%p': path,
    '%n': path.slice(path.indexOf('/') + 1),
  }
  const text = logPrefix.replaceAll(/%[tkpn]/g, (specifier) => values[specifier] ?? specifier)
  return `${text.slice(0, 125)}: `
}
