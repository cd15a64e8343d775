/** What pods may do at most: packets a second, replies and all, and connections at once. Source: spec/dataplane.md 9.2. */
import type { ChainContent, Expression, NftRule, SetContent } from '@margay/netlink/nftables'
import type { Direction, DirectionLimits, Endpoint } from '@margay/policy'
import * as bytes from './bytes.ts'
import { commented, counter, drop, goTo, jumpVerdict, protocol, rule, verdictFrom } from './expressions.ts'

export interface Limits {
  readonly sets: readonly SetContent[]
  readonly chains: readonly ChainContent[]
  /** Before anything else, since packets of open connections count. */
  readonly packetRate: Readonly<Record<Direction, readonly NftRule[]>>
  /** For packets that open a connection, before policy. */
  readonly connections: Readonly<Record<Direction, readonly NftRule[]>>
}

type LimitKind = 'packet-rate' | 'connections'

export function limits(local: readonly Endpoint[]): Limits {
  const places = (['Egress', 'Ingress'] as const).flatMap((direction) =>
    (['packet-rate', 'connections'] as const).map((kind) => place(kind, direction, local)),
  )
  const used = places.filter(({ chains }) => chains.length > 0)
  const enter = (kind: LimitKind, direction: Direction) =>
    used.filter((it) => it.kind === kind && it.direction === direction).map(({ enter }) => enter)
  return {
    sets: used.map(({ set }) => set),
    chains: [
      ...used.flatMap(({ chains }) => chains),
      ...(used.some(({ kind }) => kind === 'connections') ? [refusal] : []),
    ],
    packetRate: { Egress: enter('packet-rate', 'Egress'), Ingress: enter('packet-rate', 'Ingress') },
    connections: { Egress: enter('connections', 'Egress'), Ingress: enter('connections', 'Ingress') },
  }
}

/** Interface ▶ the chain with the endpoint's limit: its state is kept in the rule, so each endpoint has one of its own. */
function place(kind: LimitKind, direction: Direction, local: readonly Endpoint[]) {
  const name = `${kind}-${direction === 'Egress' ? 'from' : 'to'}-pods`
  const limited = local.flatMap((endpoint) => {
    const rules = limitRules(kind, limitsOf(endpoint, direction))
    const chain: ChainContent = { chain: { name: `${name}-${endpoint.interfaceName}` }, rules }
    return rules.length === 0 ? [] : [{ endpoint, chain }]
  })
  const elements = limited.map(({ endpoint, chain }) => ({
    key: bytes.interfaceName(endpoint.interfaceName),
    data: jumpVerdict(chain.chain.name),
    comment: endpoint.key.slice(0, 127),
  }))
  const set: SetContent = { set: { name, key: ['ifname'], data: 'verdict' }, elements }
  const key = direction === 'Egress' ? 'iifname' : 'oifname'
  const enter = rule({ type: 'meta', key, to: 0 }, verdictFrom(name, 0))
  return { kind, direction, set, chains: limited.map(({ chain }) => chain), enter }
}

function limitsOf({ limits }: Endpoint, direction: Direction): DirectionLimits | undefined {
  return direction === 'Egress' ? limits?.egress : limits?.ingress
}

function limitRules(kind: LimitKind, given: DirectionLimits | undefined): NftRule[] {
  return kind === 'packet-rate' ? packetRateRules(given?.packetRate) : connectionRules(given?.maxConnections)
}

function packetRateRules(rate: DirectionLimits['packetRate']): NftRule[] {
  if (rate === undefined) return []
  const { packetsPerSecond, burst } = rate
  const isOver: Expression = {
    type: 'limit',
    rate: BigInt(packetsPerSecond),
    per: 'second',
    unit: 'packets',
    burst,
    over: true,
  }
  return [commented(`more than ${packetsPerSecond} packets a second`, isOver, counter, drop)]
}

function connectionRules(count: number | undefined): NftRule[] {
  if (count === undefined) return []
  return [rule({ type: 'connlimit', count, over: true }, goTo(overLimit))]
}

const overLimit = 'over-connection-limit'

/** TCP is told; who asks by other protocols has to notice. */
const refusal: ChainContent = {
  chain: { name: overLimit },
  rules: [
    commented('too many connections', protocol(6), counter, { type: 'reject', with: 'tcp-reset' }),
    commented('too many connections', counter, drop),
  ],
}
