/**
 * From the cluster to one node's end of the encrypted network, for one IP version. Pure; cost: the nodes and stray addresses, sorted.
 *
 * A peer is a node with an address and a key that no other node has (spec/dataplane.md 6.3). Its allowed IPs are its pods' addresses, its
 * device's, and with host encryption its own.
 */
import {
  type Cidr,
  cidrCovers,
  formatCidr,
  formatIp,
  hostCidr,
  type Ip,
  mergeCidrs,
  PrefixTree,
  subtractCidrs,
} from '@margay/netset'
import type { EncryptionDevice, EncryptionSettings } from '@margay/policy'
import { type Claim, settleClaims } from './claims.ts'
import type {
  ClearNode,
  ClusterNode,
  DesiredTunnel,
  TunnelPeer,
  TunnelRoute,
  TunnelWorld,
} from './tunnel-model.ts'

/** Undefined where it is switched off. What `FollowedTunnel` comes to change by change. */
export function desiredTunnel(world: TunnelWorld): DesiredTunnel | undefined {
  const { version, settings } = world
  const device = version === 4 ? settings.ipv4 : settings.ipv6
  if (device === undefined) return undefined
  const own = world.nodes.find(({ name }) => name === world.ownName)
  const { owners, problems } = settleClaims(...claimsOf(world))
  const holdings = Map.groupBy(owners.values(), ({ node }) => node)
  const others = world.nodes.filter(({ name }) => name !== world.ownName)
  const shared = sharedKeys(world.nodes)
  const clear = others.flatMap((node) => whyClear(node, shared) ?? [])
  const unusable = whyUnusable(own, shared)
  const clearNames = new Set(clear.map(({ node }) => node))
  const peers = new Map(
    others
      .filter(({ name }) => !clearNames.has(name))
      .map((node) => [node.name, peerOf(node, device, textsOf(holdings.get(node.name) ?? []))]),
  )
  return {
    ...ownEnd(world, device, own),
    peers,
    clear,
    unusable,
    routes: routesOf(world, unusable === undefined ? peers : new Map(), holdings),
    problems: [...problems, ...keyProblems(world.nodes, shared), ...ownProblems(world, own)],
  }
}

/** What does not hang on other nodes. */
export function ownEnd(
  { version, settings }: Pick<TunnelWorld, 'version' | 'settings'>,
  device: EncryptionDevice,
  own: ClusterNode | undefined,
): Omit<DesiredTunnel, 'peers' | 'clear' | 'unusable' | 'routes' | 'problems'> {
  return {
    version,
    device,
    mark: settings.mark,
    table: version === 4 ? settings.tables.ipv4 : settings.tables.ipv6,
    rulePriority: settings.routingRulePriority,
    keepaliveSeconds: settings.keepaliveSeconds,
    hasThreads: settings.threading,
    address: own?.interfaceAddress ?? (settings.hostEncryption ? own?.address : undefined),
    carriesHost: settings.hostEncryption || own?.interfaceAddress !== undefined,
    plain: mergeCidrs([
      ...exemptIn({ version, settings }),
      ...bareAddresses(settings, own === undefined ? [] : [own]),
    ]),
    ownAddress: own?.address,
  }
}

/** Of all nodes. */
function claimsOf(world: TunnelWorld): [Claim[], Claim[]] {
  const exempt = exemptIn(world)
  const all = world.nodes.map((node) => ({
    node: node.name,
    ...nodeClaims(node, world.strays.get(node.name) ?? [], exempt, world.settings),
  }))
  return [
    all.flatMap(({ node, blocks }) => blocks.map((cidr) => ({ node, cidr }))),
    all.flatMap(({ node, singles }) => singles.map((cidr) => ({ node, cidr }))),
  ]
}

/** Blocks, and single addresses: of pods outside of them, of the device, and with host encryption of the node. None that is exempt. */
export function nodeClaims(
  { podCidrs, interfaceAddress, address }: ClusterNode,
  strays: readonly Ip[],
  exempt: readonly Cidr[],
  { hostEncryption }: Pick<EncryptionSettings, 'hostEncryption'>,
): { readonly blocks: readonly Cidr[]; readonly singles: readonly Cidr[] } {
  const ips = [
    ...strays,
    ...(interfaceAddress === undefined ? [] : [interfaceAddress]),
    ...(address === undefined || !hostEncryption ? [] : [address]),
  ]
  const isOurs = (cidr: Cidr) => !exempt.some((pool) => cidrCovers(pool, cidr))
  return { blocks: podCidrs.filter(isOurs), singles: ips.map(hostCidr).filter(isOurs) }
}

/** Keys that several nodes publish: nobody can tell whose they are, so they are none's. */
function sharedKeys(nodes: readonly ClusterNode[]): ReadonlyMap<string, readonly string[]> {
  const keyed = nodes.filter(({ publicKey }) => publicKey !== undefined)
  const byKey = Map.groupBy(keyed, ({ publicKey }) => publicKey as string)
  return new Map(
    [...byKey]
      .filter(([, all]) => all.length > 1)
      .map(([key, all]) => [key, all.map(({ name }) => name).sort()]),
  )
}

export function whyClear(
  { name, publicKey, isMalformed, address }: ClusterNode,
  shared: Pick<ReadonlySet<string>, 'has'>,
): ClearNode | undefined {
  if (isMalformed) return { node: name, reason: 'MalformedKey' }
  if (publicKey === undefined) return { node: name, reason: 'NoKey' }
  if (shared.has(publicKey)) return { node: name, reason: 'SharedKey' }
  return address === undefined ? { node: name, reason: 'NoAddress' } : undefined
}

/** Peers that can't know the own node refuse what it encrypts; and they send to it in the clear. */
export function whyUnusable(
  own: ClusterNode | undefined,
  shared: Pick<ReadonlySet<string>, 'has'>,
): DesiredTunnel['unusable'] {
  return own === undefined ? 'NoKey' : whyClear(own, shared)?.reason
}

export function peerOf(
  { name, publicKey, address }: ClusterNode,
  { listenPort }: EncryptionDevice,
  allowedIps: readonly string[],
): TunnelPeer {
  return {
    node: name,
    publicKey: publicKey as string,
    // All nodes listen at one port, as Calico has it: that of the own settings.
    endpoint: { address: formatIp(address as Ip), port: listenPort },
    allowedIps,
  }
}

function textsOf(holdings: readonly Claim[]): string[] {
  return holdings.map(({ cidr }) => formatCidr(cidr)).sort()
}

/**
 * `peers` are those to whom packets go. Only what belongs to a peer goes to the device. The own node's addresses may lie in a peer's block,
 * and pools that are not encrypted in any; the longer prefix counts.
 */
function routesOf(
  world: TunnelWorld,
  peers: ReadonlyMap<string, TunnelPeer>,
  holdings: ReadonlyMap<string, readonly Claim[]>,
): Map<string, TunnelRoute> {
  const routes = new Map<string, TunnelRoute>()
  for (const [node, claims] of holdings)
    for (const { cidr } of claims)
      routes.set(formatCidr(cidr), peers.has(node) && node !== world.ownName ? 'Tunnel' : 'Throw')
  for (const pool of exemptIn(world)) routes.set(formatCidr(pool), 'Throw')
  for (const cidr of bareInBlocks(world)) routes.set(formatCidr(cidr), 'Throw')
  return routes
}

/**
 * Without host encryption nodes' own addresses are no peer's: what is sent from there the other end would refuse, and what is sent to there
 * is answered in the clear.
 */
export function bareAddresses(
  { hostEncryption }: Pick<EncryptionSettings, 'hostEncryption'>,
  nodes: Iterable<ClusterNode>,
): Cidr[] {
  if (hostEncryption) return []
  return Array.from(nodes, ({ address }) => (address === undefined ? [] : [hostCidr(address)])).flat()
}

/** In flat networks nodes and pods have their addresses from the same blocks. */
export function bareInBlocks({ settings, nodes }: Pick<TunnelWorld, 'settings' | 'nodes'>): Cidr[] {
  if (settings.hostEncryption) return []
  const blocks = new PrefixTree<true>()
  for (const { podCidrs } of nodes) for (const cidr of podCidrs) blocks.set(cidr, true)
  return bareAddresses(settings, nodes).filter(
    ({ version, base }) => blocks.longestMatch({ version, value: base }) !== undefined,
  )
}

/**
 * With whom the node's pods talk encrypted or not at all, where that is required. Also with all pools: who has just got an address may not
 * be known yet.
 */
export function guardedAddresses(world: TunnelWorld): Cidr[] {
  const claimed = claimsOf(world).flat()
  const free = [...exemptIn(world), ...bareAddresses(world.settings, world.nodes)]
  return subtractCidrs([...world.pools, ...claimed.map(({ cidr }) => cidr)], free)
}

export function exemptIn({ settings, version }: Pick<TunnelWorld, 'settings' | 'version'>): Cidr[] {
  return settings.exempt.filter((cidr) => cidr.version === version)
}

export function keyProblems(
  nodes: readonly ClusterNode[],
  shared: ReadonlyMap<string, readonly string[]>,
): string[] {
  return [
    ...nodes
      .filter(({ isMalformed }) => isMalformed)
      .map(({ name }) => `node ${name} publishes a WireGuard key that is none`),
    ...Array.from(
      shared.values(),
      (names) => `nodes ${names.join(', ')} publish the same WireGuard key: it is taken as nobody's`,
    ),
  ]
}

export function ownProblems(
  { ownName, version }: Pick<TunnelWorld, 'ownName' | 'version'>,
  own: ClusterNode | undefined,
): string[] {
  if (own === undefined) return [`the API has no node ${ownName}: its peers can't know its key`]
  return own.address === undefined
    ? [`this node has no IPv${version} address at which its peers reach it`]
    : []
}
