/** The chains that are there whatever the policy is. Source: spec/dataplane.md 1.2, 1.6, 1.7, 2.2, 3. */
import type { ChainContent, Expression, NftRule } from '@margay/netlink/nftables'
import { formatPolicyRef } from '@margay/policy'
import type { CompileOptions } from '../compile/options.ts'
import type { LogEntry } from '../decide/outcome.ts'
import * as bytes from './bytes.ts'
import { dispatchMap, versions } from './dispatch.ts'
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
  verdictFrom,
} from './expressions.ts'

/** Where packets enter. Source: linux/netfilter_ipv4.h, `NF_IP_PRI_RAW` and `NF_IP_PRI_FILTER`. */
const priority = { raw: -300, filter: 0 }

export const egressAllowed = 'egress-allowed'

export function frame(options: CompileOptions): ChainContent[] {
  const isFromPod = interfacePrefix('iifname', options.interfacePrefix)
  const isToPod = interfacePrefix('oifname', options.interfacePrefix)
  const established = rule(conntrack('established', 'related'), accept)
  return [
    base('prerouting', priority.raw, [rule(isFromPod, goTo('spoof-check'))]),
    chain('spoof-check', spoofCheck()),
    base('forward', priority.filter, [
      established,
      rule(isFromPod, goTo('from-pod')),
      rule(isToPod, goTo('to-pod')),
    ]),
    base('input', priority.filter, [
      established,
      ...neighbourDiscovery.map((type) =>
        rule(isFromPod, protocol(icmpv6), icmpType(), equals(0, Uint8Array.of(type)), accept),
      ),
      rule(isFromPod, goTo('from-pod')),
    ]),
    chain('from-pod', [
      invalid(),
      ...encapsulated(),
      ...versions.map((version) =>
        rule(
          family(version),
          { type: 'meta', key: 'iifname', to: 0 },
          verdictFrom(dispatchMap('Egress', version), 0),
        ),
      ),
      unknown(),
    ]),
    chain('to-pod', [
      invalid(),
      ...versions.map((version) =>
        rule(
          family(version),
          { type: 'meta', key: 'oifname', to: 0 },
          verdictFrom(dispatchMap('Ingress', version), 0),
        ),
      ),
      unknown(),
    ]),
    chain(egressAllowed, [rule(isToPod, goTo('to-pod')), ...toOwnNode(options), rule(accept)]),
  ]
}

function base(hook: 'prerouting' | 'forward' | 'input', at: number, rules: readonly NftRule[]): ChainContent {
  return {
    chain: { name: hook, hook: { type: 'filter', hook, priority: at, policy: 'accept' } },
    rules,
  }
}

function chain(name: string, rules: readonly NftRule[]): ChainContent {
  return { chain: { name }, rules }
}

function invalid(): NftRule {
  return commented('conntrack does not know what it belongs to', conntrack('invalid'), counter, drop)
}

function unknown(): NftRule {
  return commented('a pod without policy yet', counter, drop)
}

/** A tunnel out of a pod would carry packets that nobody judged. */
function encapsulated(): NftRule[] {
  const vxlanPort = 4789
  const [udp, ipip] = [17, 4]
  return [
    commented('VXLAN out of a pod', protocol(udp), destinationPort(vxlanPort), counter, drop),
    commented('IPIP out of a pod', protocol(ipip), counter, drop),
  ]
}

/** Kinds 2 is RTN_LOCAL. Source: linux/rtnetlink.h. */
function toOwnNode({ endpointToHostAction }: CompileOptions): NftRule[] {
  if (endpointToHostAction === 'Accept') return []
  const isLocal: Expression[] = [
    { type: 'fib', lookUp: 'daddr', with: [], result: 'type', to: 0 },
    equals(0, bytes.hostInt(2)),
  ]
  return [commented('pod to its own node', isLocal, counter, drop)]
}

const icmpv6 = 58

/** MLD queries, reports and dones, router and neighbour solicitations, neighbour advertisements. Source: RFC 4861, 2710. */
const neighbourDiscovery = [130, 131, 132, 133, 135, 136]

function icmpType(): Expression {
  return { type: 'payload', base: 'transport', offset: 0, length: 1, to: 0 }
}

/**
 * Only an endpoint's own addresses come out of its interface. Link-local addresses never leave the link, and a pod needs one,
 * or none yet, to find its neighbours.
 */
function spoofCheck(): NftRule[] {
  const ifname: Expression = { type: 'meta', key: 'iifname', to: 0 }
  const isKnown = (version: 4 | 6) => [
    ifname,
    ipAddress('saddr', version, 4),
    isIn(`pod-sources-${version}`, 0),
  ]
  const v6 = family(6)
  return [
    ...versions.map((version) => rule(family(version), isKnown(version), accept)),
    rule(v6, inPrefix('saddr', linkLocal), inPrefix('daddr', linkLocal), accept),
    rule(v6, inPrefix('saddr', linkLocal), inPrefix('daddr', linkMulticast), accept),
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
export function logLine({ logPrefix }: CompileOptions): (entry: LogEntry) => Expression[] {
  const fill = (entry: LogEntry) =>
    logPrefix.replaceAll(/%[tkpn]/g, (specifier) => specifierOf(entry)[specifier] ?? specifier)
  return (entry) => [{ type: 'log', prefix: `${fill(entry)}: `.slice(0, 127), level: 'info' }]
}

function specifierOf({ tier, policy }: LogEntry): Readonly<Record<string, string>> {
  const [kind = ''] = formatPolicyRef(policy).split(':')
  const path = policy.namespace === '' ? policy.name : `${policy.namespace}/${policy.name}`
  return { '%t': tier, '%k': kind, '%p': path, '%n': policy.name }
}
