/** Interface of the node ▶ what its host endpoint has to say at a stage. Source: spec/dataplane.md 1.2 to 1.11. */
import type { ChainContent, Expression, NftElement, NftRule, SetContent } from '@margay/netlink/nftables'
import type { IpVersion } from '@margay/netset'
import type { Direction, FailsafePort, GoverningEndpoints, HostEndpoint, HostStage } from '@margay/policy'
import type { Stage } from '../decide/group.ts'
import { hash64 } from '../nft/hash.ts'
import * as bytes from './bytes.ts'
import {
  accept,
  commented,
  conntrack,
  counter,
  drop,
  equals,
  family,
  goTo,
  inCidr,
  jump,
  jumpVerdict,
  protocol,
  rule,
  verdictFrom,
} from './expressions.ts'
import { peerSide } from './sides.ts'

/** A host endpoint with something to say, or to count, at a stage. */
export interface HostStageEntry {
  readonly endpoint: HostEndpoint
  readonly stage: Stage
  /** The chain that judges, or counts. */
  readonly chain: string
  readonly version: IpVersion
}

export interface FailsafeLists {
  readonly failsafeInbound: readonly FailsafePort[]
  readonly failsafeOutbound: readonly FailsafePort[]
}

export interface HostDispatchOptions extends FailsafeLists {
  readonly disableConntrackInvalidCheck: boolean
}

export interface HostDispatch {
  readonly sets: readonly SetContent[]
  readonly chains: readonly ChainContent[]
  /** No host endpoint has anything to say. */
  readonly isEmpty: boolean
  /** Rules that lead from a base chain to the host endpoints' chains; a packet comes back unless it was decided. */
  enter(stage: HostStage, direction: Direction): readonly NftRule[]
}

export function hostDispatch(
  entries: readonly HostStageEntry[],
  governing: GoverningEndpoints,
  options: HostDispatchOptions,
): HostDispatch {
  const byPlace = Map.groupBy(entries, ({ stage, version }) =>
    placeName(stage.kind, stage.direction, version),
  )
  const maps = new Map([...byPlace].map(([name, list]) => [name, dispatchMap(name, list, governing)]))
  return {
    sets: [...maps.values()],
    chains: [...Map.groupBy(entries, entryName)].map(([name, own]) => entryChain(name, own, options)),
    isEmpty: entries.length === 0,
    enter: (stage, direction) =>
      ([4, 6] as const).flatMap((version) => {
        const map = maps.get(placeName(stage, direction, version))
        return map === undefined ? [] : [enterRule(map.set.name, direction, version)]
      }),
  }
}

function placeName(stage: Stage['kind'], direction: Direction, version: IpVersion): string {
  return `host-${stage.toLowerCase()}-${direction.toLowerCase()}-${version}`
}

function enterRule(name: string, direction: Direction, version: IpVersion): NftRule {
  const key = direction === 'Ingress' ? 'iifname' : 'oifname'
  return rule(family(version), { type: 'meta', key, to: 0 }, verdictFrom(name, 0))
}

/**
 * An interface that has an endpoint of its own is not the wildcard's, also where its own has nothing to say. The map is named for what it
 * says, so that rules lead to another when an interface comes under another endpoint: a packet that is under way finds one or the other.
 */
function dispatchMap(
  name: string,
  entries: readonly HostStageEntry[],
  { byInterface, wildcard }: GoverningEndpoints,
): SetContent {
  const chainOf = new Map(entries.map((entry) => [entry.endpoint.key, entryName(entry)]))
  const verdict = (endpoint: HostEndpoint): NftElement['data'] => {
    const chain = chainOf.get(endpoint.key)
    return chain === undefined ? { kind: 'continue' } : jumpVerdict(chain)
  }
  const elements = [...byInterface].map(([name, endpoint]): NftElement => {
    return {
      key: bytes.interfaceName(name),
      data: verdict(endpoint) ?? { kind: 'continue' },
      comment: endpoint.key,
    }
  })
  const others = wildcard === undefined ? undefined : chainOf.get(wildcard.key)
  const catchAll: NftElement[] = others === undefined ? [] : [{ key: undefined, data: jumpVerdict(others) }]
  const all = [...elements, ...catchAll]
  const content = all.map(({ key, data }) => `${key} ${JSON.stringify(data)}`).sort()
  const full = `${name}-${hash64(content.join('\n')).toString(36)}`
  return { set: { name: full, key: ['ifname'], data: 'verdict' }, elements: all }
}

function entryName({ endpoint, stage, version }: HostStageEntry): string {
  return `${placeName(stage.kind, stage.direction, version)}-${endpoint.key}`
}

/**
 * Of one place, in the order of its entries: connection tracking first, then what nobody may lock out, then policy. Where policy is
 * only counted, it is all that there is: a packet must not meet anything else for that. Source: spec/dataplane.md 2.2.
 */
function entryChain(
  name: string,
  entries: readonly HostStageEntry[],
  options: HostDispatchOptions,
): ChainContent {
  const rules = entries.map(({ stage, chain }) => rule(stage.isStaged ? jump(chain) : goTo(chain)))
  const enforced = entries.find(({ stage }) => !stage.isStaged)
  return {
    chain: { name },
    rules: enforced === undefined ? rules : [...firstRules(enforced, options), ...rules],
  }
}

function firstRules({ stage, version }: HostStageEntry, options: HostDispatchOptions): NftRule[] {
  const isTracked = stage.kind !== 'Untracked'
  const invalid = commented('conntrack does not know what it belongs to', conntrack('invalid'), counter, drop)
  return [
    ...(isTracked && !options.disableConntrackInvalidCheck ? [invalid] : []),
    ...(stage.kind === 'Forward' ? [] : failsafes(stage, version, options)),
  ]
}

/** They accept. */
export function failsafes(
  { kind, direction }: Pick<Stage, 'kind' | 'direction'>,
  version: IpVersion,
  options: FailsafeLists,
): NftRule[] {
  const [own, other] =
    direction === 'Ingress'
      ? [options.failsafeInbound, options.failsafeOutbound]
      : [options.failsafeOutbound, options.failsafeInbound]
  const asServer = own.flatMap((port) => failsafe(port, 'destination', direction, version))
  // Before connection tracking, replies have to be let through as well.
  const asReply = other.flatMap((port) => failsafe(port, 'source', direction, version))
  return kind === 'Untracked' ? [...asServer, ...asReply] : asServer
}

function failsafe(
  { protocol: number, port, net }: FailsafePort,
  side: 'source' | 'destination',
  direction: Direction,
  version: IpVersion,
): NftRule[] {
  if (net !== undefined && net.version !== version) return []
  const far = net === undefined ? [] : inCidr(peerSide(direction), net)
  const ports: Expression[] =
    port === 0
      ? []
      : [
          { type: 'payload', base: 'transport', offset: side === 'source' ? 0 : 2, length: 2, to: 0 },
          equals(0, Uint8Array.of(port >> 8, port & 0xff)),
        ]
  return [commented('failsafe', protocol(number), ports, far, counter, accept)]
}
