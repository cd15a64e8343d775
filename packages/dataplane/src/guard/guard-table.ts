/**
 * A table beside the one of policy, for the encrypted network between nodes. Pure.
 *
 * It marks what comes from outside of the node's pods, so that it is not sent into a tunnel whose other end would refuse it; and where
 * encryption is required, it drops and counts what would pass between the node's pods and others in the clear. It stands on its own: it
 * holds while policy is changed, and while no device is there.
 *
 * Source: spec/dataplane.md 1.2 for the mark. Calico has no such requirement.
 */
import type {
  Chain,
  ChainContent,
  Expression,
  NftRule,
  SetContent,
  TableContent,
} from '@margay/netlink/nftables'
import { type Cidr, type IpVersion, lastAddress, mergeCidrs } from '@margay/netset'
import { type FailsafePort, protocols } from '@margay/policy'
import * as bytes from '../emit/bytes.ts'
import { addressType } from '../emit/class-maps.ts'
import {
  accept,
  commented,
  counter,
  destinationPort,
  drop,
  equals,
  family,
  interfacePrefix,
  ipAddress,
  isIn,
  portEquals,
  protocol,
  rule,
  transport,
} from '../emit/expressions.ts'

/** Of no other table of ours: it comes and goes by itself. */
export const guardTableName = 'margay-encryption'

export interface GuardedTunnel {
  readonly version: IpVersion
  /** The WireGuard device, and the UDP port where it listens, 1-65535; undefined: nothing is encrypted over this IP version. */
  readonly device: { readonly interfaceName: string; readonly listenPort: number } | undefined
  /** Addresses with which the node's pods talk encrypted or not at all; undefined: nothing is required. */
  readonly guarded: readonly Cidr[] | undefined
  /** What comes from here, or goes here, passes in the clear. */
  readonly exempt: readonly Cidr[]
}

export interface GuardOptions {
  /** A single bit: packets with it don't go into a tunnel. */
  readonly mark: number
  /** What names of pods' interfaces begin with. */
  readonly interfacePrefixes: readonly string[]
  /** At most one for each IP version. Without a device and without addresses that are guarded there is no table. */
  readonly tunnels: readonly GuardedTunnel[]
  /** Also for what the node itself sends and receives; undefined: only for its pods. */
  readonly host: GuardedHost | undefined
}

export interface GuardedHost {
  /** Those that pass in the clear even where encryption is required. */
  readonly inbound: readonly FailsafePort[]
  readonly outbound: readonly FailsafePort[]
  /**
   * TCP ports of the API, which never goes through a tunnel: through one that has failed, nobody could be told of the key that mends it. It
   * has its own encryption.
   */
  readonly apiPorts: readonly number[]
}

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
    sets: new Map(guarded.flatMap(setsOf).map((it) => [it.set.name, it])),
  }
}

type Guarded = GuardedTunnel & { readonly guarded: readonly Cidr[] }

/** Source: linux/netfilter_ipv4.h: before connection tracking. */
const rawPriority = -300
/** Source: linux/netfilter_ipv4.h: where a mark that changes lets the route be looked up anew. */
const manglePriority = -150
/** What policy denies is policy's to count. */
const afterPolicy = 10

function filter(
  hook: 'prerouting' | 'forward' | 'input' | 'output',
  priority: number,
  rules: readonly NftRule[],
): ChainContent {
  const chain: Chain = { name: hook, hook: { type: 'filter', hook, priority, policy: 'accept' } }
  return { chain, rules }
}

/** What enters at any other interface is not the pods', nor was it decrypted here. */
function markRules({ mark, interfacePrefixes, tunnels }: GuardOptions): NftRule[] {
  return [
    rule(isInterface('iifname', 'lo'), accept),
    ...tunnels.flatMap(({ device }) =>
      device === undefined ? [] : [rule(isInterface('iifname', device.interfaceName), accept)],
    ),
    ...interfacePrefixes.map((prefix) => rule(interfacePrefix('iifname', prefix), accept)),
    rule(setBit(mark)),
  ]
}

/** Requests, and answers where the API is on this node. */
function apiChain({ mark }: GuardOptions, { apiPorts }: GuardedHost): ChainContent {
  const hook = { type: 'route', hook: 'output', priority: manglePriority, policy: 'accept' } as const
  return {
    chain: { name: 'api', hook },
    rules: apiPorts.flatMap((port) =>
      [0, 2].map((offset) =>
        rule(protocol(protocols.tcp), transport(offset), portEquals(port), setBit(mark)),
      ),
    ),
  }
}

function forwardRules({ interfacePrefixes }: GuardOptions, tunnels: readonly Guarded[]): NftRule[] {
  const pairs = interfacePrefixes.flatMap((from) => interfacePrefixes.map((to) => ({ from, to })))
  return [
    ...pairs.map(({ from, to }) =>
      rule(interfacePrefix('iifname', from), interfacePrefix('oifname', to), accept),
    ),
    ...tunnels.flatMap(({ version, device }) =>
      device === undefined
        ? []
        : (['iifname', 'oifname'] as const).map((side) =>
            rule(family(version), isInterface(side, device.interfaceName), accept),
          ),
    ),
    ...tunnels.flatMap(exemptRules),
    ...tunnels.flatMap((tunnel) =>
      interfacePrefixes.flatMap((prefix) => [
        commented(
          'to another node, not encrypted',
          interfacePrefix('iifname', prefix),
          isAmong('guarded', 'daddr', tunnel),
          counter,
          drop,
        ),
        commented(
          'from another node, not encrypted',
          interfacePrefix('oifname', prefix),
          isAmong('guarded', 'saddr', tunnel),
          counter,
          drop,
        ),
      ]),
    ),
  ]
}

/**
 * Whoever can't reach a node any more must be able to mend it: failsafe ports pass, in both directions since answers are not tracked
 * here. So do the tunnel's own packets, and those by which IPv6 neighbours find each other.
 */
function hostChains(
  options: GuardOptions,
  tunnels: readonly Guarded[],
  { inbound, outbound, apiPorts }: GuardedHost,
): ChainContent[] {
  const chain = (hook: 'input' | 'output') => {
    const [near, far, side] =
      hook === 'input' ? (['iifname', inbound, 'saddr'] as const) : (['oifname', outbound, 'daddr'] as const)
    const answers = hook === 'input' ? outbound : inbound
    const where = hook === 'input' ? 'from another node, not encrypted' : 'to another node, not encrypted'
    return filter(hook, afterPolicy, [
      rule(isInterface(near, 'lo'), accept),
      ...options.interfacePrefixes.map((prefix) => rule(interfacePrefix(near, prefix), accept)),
      ...tunnels.flatMap(({ version, device }) =>
        device === undefined
          ? []
          : [
              rule(family(version), isInterface(near, device.interfaceName), accept),
              rule(family(version), protocol(protocols.udp), destinationPort(device.listenPort), accept),
            ],
      ),
      rule(protocol(protocols.icmpv6), isNeighbourDiscovery, accept),
      ...apiPorts.flatMap((port) =>
        [0, 2].map((offset) => rule(protocol(protocols.tcp), transport(offset), portEquals(port), accept)),
      ),
      ...far.map((failsafe) => rule(isFailsafe(failsafe, 'destination'), accept)),
      ...answers.map((failsafe) => rule(isFailsafe(failsafe, 'source'), accept)),
      ...tunnels.flatMap(exemptRules),
      ...tunnels.map((tunnel) => commented(where, isAmong('guarded', side, tunnel), counter, drop)),
    ])
  }
  return [chain('input'), chain('output')]
}

/** RFC 4861: types 133 to 137. */
const isNeighbourDiscovery: Expression[] = [
  { type: 'payload', base: 'transport', offset: 0, length: 1, to: 0 },
  { type: 'range', operator: '==', from: 0, first: Uint8Array.of(133), last: Uint8Array.of(137) },
]

/** Port 0 means all. Nets of far sides are not looked at: this is about finding a node again. */
function isFailsafe(failsafe: FailsafePort, side: 'source' | 'destination'): Expression[] {
  const isPort = [transport(side === 'source' ? 0 : 2), portEquals(failsafe.port)]
  return [...protocol(failsafe.protocol), ...(failsafe.port === 0 ? [] : isPort)]
}

function isInterface(key: 'iifname' | 'oifname', name: string): Expression[] {
  return [{ type: 'meta', key, to: 0 }, equals(0, bytes.interfaceName(name))]
}

function exemptRules(tunnel: Guarded): NftRule[] {
  if (tunnel.exempt.length === 0) return []
  return (['saddr', 'daddr'] as const).map((side) => rule(isAmong('exempt', side, tunnel), accept))
}

type SetKind = 'guarded' | 'exempt'

function isAmong(kind: SetKind, side: 'saddr' | 'daddr', { version }: Guarded): Expression[] {
  return [...family(version), ipAddress(side, version, 0), isIn(setName(kind, version), 0)]
}

function setName(kind: SetKind, version: IpVersion): string {
  return `${kind}-${version}`
}

function setsOf({ version, guarded, exempt }: Guarded): SetContent[] {
  return [
    setOf('guarded', version, guarded),
    ...(exempt.length === 0 ? [] : [setOf('exempt', version, exempt)]),
  ]
}

function setOf(kind: SetKind, version: IpVersion, cidrs: readonly Cidr[]): SetContent {
  return {
    set: { name: setName(kind, version), key: [addressType(version)], interval: true },
    elements: mergeCidrs(cidrs).map((cidr) => ({
      key: bytes.address({ version, value: cidr.base }),
      keyEnd: bytes.address({ version, value: lastAddress(cidr) }),
    })),
  }
}

function setBit(bit: number): Expression[] {
  return [
    { type: 'meta', key: 'mark', to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: bytes.hostInt(~bit >>> 0), xor: bytes.hostInt(bit) },
    { type: 'set-meta', key: 'mark', from: 0 },
  ]
}
