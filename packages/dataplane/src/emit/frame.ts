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
  back,
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
  jump,
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

/**
 * Set by what allows a packet out of a pod, and cleared as it comes back for the other end's policy. An allowed packet has to come back:
 * were it led on, the kernel would walk all of ingress behind each way through egress whenever a rule changes. That it came back is no
 * proof, for a chain may look empty to it (docs/adr/0010); the bit is.
 */
const letOutMark = 0x2_0000

export interface FrameParts {
  readonly host: HostDispatch
  readonly limits: Limits
  readonly sources: Sources
  /** Of both directions and IP versions. */
  readonly pods: readonly PodMaps[]
}

export function frame(settings: NodeSettings, { host, limits, sources, pods }: FrameParts): ChainContent[] {
  const podRules = (direction: Direction) => pods.filter((it) => it.direction === direction).map(podRule)
  const prefixes = shortest(settings.interfacePrefixes)
  const each = (rules: (prefix: string) => NftRule[]) => prefixes.flatMap(rules)
  const fromPods = (...action: readonly Expression[]) =>
    each((prefix) => [rule(interfacePrefix('iifname', prefix), action)])
  const toPods = (chain: string) => each((prefix) => [rule(interfacePrefix('oifname', prefix), goTo(chain))])
  const established = rule(conntrack('established', 'related'), accept)
  const tunnels = tunnelRules(settings, denial(settings))
  return [
    base('prerouting', priority.raw, [
      ...(host.isEmpty ? [] : [clear(acceptedMark)]),
      ...fromPods(goTo('spoof-check')),
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
      ...fromPods(jump('from-pod')),
      ...toPods('to-pod'),
      rule(goTo('forwarded')),
    ]),
    chain('forwarded', [...(host.isEmpty ? [] : [rule(mark(acceptedMark))]), rule(accept)]),
    // A hook of its own: behind policy of two pods, what it leads to would be deeper than the kernel allows.
    ...optional(host.enter('Forward', 'Egress'), (enter) =>
      base('forward', priority.filter + 1, [established, ...enter], 'forward-out'),
    ),
    base('input', priority.filter, [
      ...tunnels.input,
      ...limits.packetRate.Egress,
      established,
      ...each((prefix) => neighbourDiscoveryFrom(prefix)),
      ...fromPods(jump('from-pod')),
      ...each((prefix) => [toOwnNode(prefix, settings)]),
      ...optional(host.enter('Normal', 'Ingress'), (enter) => [ifMarked(accept), ...enter]).flat(),
    ]),
    ...hostEgress(host, toPods, tunnels.output),
    chain('from-pod', [
      ...invalid(settings),
      ...limits.connections.Egress,
      ...encapsulated(settings),
      clear(letOutMark),
      ...podRules('Egress'),
      rule(isMarked(letOutMark), clear(letOutMark).expressions, back),
      unknown(),
    ]),
    chain('to-pod', [...invalid(settings), ...limits.connections.Ingress, ...podRules('Ingress'), unknown()]),
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
      base('output', priority.raw, [clear(acceptedMark), ...early], 'output-untracked'),
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
  return ({ kind, direction, isStaged }: Stage, verdict: Outcome['verdict']): Expression[] => {
    if (isStaged) return [back]
    if (verdict === 'Deny') return kind === 'Untracked' || kind === 'PreDNAT' ? [drop] : deny
    if (verdict === 'Pass') return [back]
    switch (kind) {
      case 'Workload':
        return direction === 'Egress' ? [...mark(letOutMark), back] : [goTo('forwarded')]
      case 'Untracked':
        return [{ type: 'notrack' }, ...mark(acceptedMark), accept]
      case 'PreDNAT':
        return [...mark(acceptedMark), accept]
      case 'Normal':
        return [accept]
      case 'Forward':
        return [back]
    }
  }
}

function denial({ denyAction }: NodeSettings): Expression[] {
  return [denyAction === 'Drop' ? drop : { type: 'reject', with: 'icmpx-port-unreachable' }]
}

/** Sets the bit, or clears it; all others stay. */
function mark(bit: number, value = bit): Expression[] {
  return [
    { type: 'meta', key: 'mark', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(~bit >>> 0), xor: bytes.hostInt(value) },
    { type: 'set-meta', key: 'mark', from: 0 },
  ]
}

/** Others may have left it set. */
function clear(bit: number): NftRule {
  return rule(mark(bit, 0))
}

function isMarked(bit: number, operator: '==' | '!=' = '!='): Expression[] {
  return [
    { type: 'meta', key: 'mark', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(bit), xor: bytes.hostInt(0) },
    { type: 'cmp', operator, from: 0, value: bytes.hostInt(0) },
  ]
}

function ifMarked(action: Expression): NftRule {
  return rule(isMarked(acceptedMark), action)
}

function unlessMarked({ expressions }: NftRule): NftRule {
  return rule(isMarked(acceptedMark, '=='), expressions)
}

/** Each once, without those that begin like another one: a packet is judged once. */
function shortest(prefixes: readonly string[]): string[] {
  const all = [...new Set(prefixes)]
  return all.filter((one) => !all.some((other) => other !== one && one.startsWith(other)))
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

/** Behind the pod's own policy. */
function toOwnNode(prefix: string, { defaultEndpointToHostAction: action }: NodeSettings): NftRule {
  const verdict = action === 'Drop' ? drop : accept
  return commented('pod to its own node', interfacePrefix('iifname', prefix), counter, verdict)
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
