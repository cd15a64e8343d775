/**
 * Denials of untracked policy where frames come in: before the kernel reassembles, routes, or follows connections.
 *
 * It spares the node work, and decides nothing: what goes on from here is judged again before connection tracking, so whatever
 * can't be judged as it will be there goes on. What policy leaves alone is not asked whether it can, and so costs little.
 * Source: spec/dataplane.md 9.1.
 */
import type { ChainContent, Expression, NftRule, SetContent, TableContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { FailsafePort } from '@margay/policy'
import { table } from '../nft/table.ts'
import * as bytes from './bytes.ts'
import { versions } from './dispatch.ts'
import {
  accept,
  commented,
  counter,
  equals,
  etherType,
  goTo,
  goToVerdict,
  isIn,
  protocol,
  rule,
  verdictFrom,
} from './expressions.ts'
import { type FailsafeLists, failsafes } from './host-dispatch.ts'

/** Before chains of others, who may send packets on past all policy from this hook. */
const priority = -500

export interface EarlyParts {
  readonly chains: readonly ChainContent[]
  readonly sets: readonly SetContent[]
}

export interface Entrance {
  readonly device: string
  /** The chain that judges what the device gets. It always decides. */
  readonly chainFor: (version: IpVersion) => string
}

export interface EarlyOptions {
  /** At least one. */
  readonly entrances: readonly Entrance[]
  readonly failsafes: FailsafeLists
}

export function earlyTable(options: EarlyOptions, parts: EarlyParts): TableContent {
  const { entrances } = options
  const devices = entrances.map(({ device }) => device)
  const entries = versions.map((version) => enter(version, entrances))
  const ingress: ChainContent = {
    chain: {
      name: 'ingress',
      hook: { type: 'filter', hook: 'ingress', priority, policy: 'accept', devices },
    },
    rules: entries.map((entry) => entry.rule),
  }
  const reprieves = versions.map((version) => reprieve(version, options.failsafes))
  const chains = [ingress, ...reprieves, ...parts.chains]
  const sets = [
    ...entries.flatMap((entry) => entry.sets),
    ...portSets(options.failsafes).map(({ content }) => content),
    ...parts.sets,
  ]
  return {
    table: table('netdev'),
    chains: new Map(chains.map((content) => [content.chain.name, content])),
    sets: new Map(sets.map((content) => [content.set.name, content])),
  }
}

/** Most often there is one chain for all devices, and nothing to look up. */
function enter(version: IpVersion, entrances: readonly Entrance[]): { rule: NftRule; sets: SetContent[] } {
  const [first, ...others] = new Set(entrances.map(({ chainFor }) => chainFor(version)))
  if (first !== undefined && others.length === 0)
    return { rule: rule(etherType(version), goTo(first)), sets: [] }
  const name = `devices-${version}`
  const elements = entrances.map(({ device, chainFor }) => ({
    key: bytes.interfaceName(device),
    data: goToVerdict(chainFor(version)),
  }))
  return {
    rule: rule(etherType(version), { type: 'meta', key: 'iifname', to: 0 }, verdictFrom(name, 0)),
    sets: [{ set: { name, key: ['ifname'], data: 'verdict' }, elements }],
  }
}

/** Comes back with what is to be denied here. */
export function reprieveName(version: IpVersion): string {
  return `reprieve-${version}`
}

/**
 * A fragment has no ports, or not the whole of its packet: whether a failsafe port or a rule matches is only known when it is whole.
 * Source: linux/if_packet.h: PACKET_HOST is 0.
 */
function reprieve(version: IpVersion, lists: FailsafeLists): ChainContent {
  const notToThisHost: Expression[] = [
    { type: 'meta', key: 'pkttype', to: 0 },
    { type: 'cmp', operator: '!=', from: 0, value: Uint8Array.of(0) },
  ]
  return {
    chain: { name: reprieveName(version) },
    rules: [
      commented('for others behind this interface, too', notToThisHost, accept),
      commented('a fragment', isFragment(version), accept),
      ...portSets(lists).map(failsafesIn),
      ...failsafes({ kind: 'Untracked', direction: 'Ingress' }, version, exceptional(lists)),
    ],
  }
}

/** Source: RFC 791: more fragments, and offset; RFC 8200 4.5. */
function isFragment(version: IpVersion): Expression[] {
  if (version === 6) return [{ type: 'exthdr', header: 'frag', to: 0 }, equals(0, Uint8Array.of(1))]
  return [
    { type: 'payload', base: 'network', offset: 6, length: 2, to: 0 },
    { type: 'bitwise', from: 0, to: 0, mask: Uint8Array.of(0x3f, 0xff), xor: new Uint8Array(2) },
    { type: 'cmp', operator: '!=', from: 0, value: new Uint8Array(2) },
  ]
}

/** Failsafe ports of one protocol, for all addresses. A set of ports is a bitmap to the kernel, and every packet of a flood asks it. */
interface PortSet {
  readonly protocol: number
  /** Before connection tracking, replies have to be let through as well. */
  readonly side: 'source' | 'destination'
  readonly content: SetContent
}

function portSets({ failsafeInbound, failsafeOutbound }: FailsafeLists): PortSet[] {
  return [
    ...portSetsOf('destination', failsafeInbound.filter(isPlain)),
    ...portSetsOf('source', failsafeOutbound.filter(isPlain)),
  ]
}

function isPlain({ port, net }: FailsafePort): boolean {
  return port !== 0 && net === undefined
}

function portSetsOf(side: PortSet['side'], list: readonly FailsafePort[]): PortSet[] {
  const byProtocol = Map.groupBy(list, (it) => it.protocol)
  return [...byProtocol].map(([number, ports]) => {
    const elements = [...new Set(ports.map(({ port }) => port))].map((port) => ({ key: bytes.port(port) }))
    const set = { name: `failsafe-${side}s-${number}`, key: ['inet_service'] } as const
    return { protocol: number, side, content: { set, elements } }
  })
}

function failsafesIn({ protocol: number, side, content }: PortSet): NftRule {
  return commented(
    'failsafe',
    protocol(number),
    { type: 'payload', base: 'transport', offset: side === 'source' ? 0 : 2, length: 2, to: 0 },
    isIn(content.set.name, 0),
    counter,
    accept,
  )
}

/** Those that are about every port, or about some addresses only. */
function exceptional({ failsafeInbound, failsafeOutbound }: FailsafeLists): FailsafeLists {
  return {
    failsafeInbound: failsafeInbound.filter((port) => !isPlain(port)),
    failsafeOutbound: failsafeOutbound.filter((port) => !isPlain(port)),
  }
}
