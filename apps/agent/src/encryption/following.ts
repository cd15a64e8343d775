/** A tunnel's cluster while nothing of it changes but nodes and stray addresses. */
import { type Cidr, cidrCovers, formatCidr, type Ip, subtractCidrs } from '@margay/netset'
import type { EncryptionDevice } from '@margay/policy'
import { Claimants } from './claimants.ts'
import { type Claim, contestedLine, overlaps } from './claims.ts'
import { isSameCidrs, isSameNode } from './cluster-nodes.ts'
import {
  bareAddresses,
  bareInBlocks,
  exemptIn,
  keyProblems,
  nodeClaims,
  ownEnd,
  ownProblems,
  peerOf,
  whyClear,
  whyUnusable,
} from './desired-tunnel.ts'
import { PartedRoutes, type RoutePart } from './parted-routes.ts'
import type { ClearNode, ClusterNode, DesiredTunnel, TunnelPeer, TunnelWorld } from './tunnel-model.ts'

/** What never changes. */
export type Frame = Pick<TunnelWorld, 'version' | 'ownName' | 'settings' | 'pools'>

/** What is known of a node. */
interface Member {
  readonly node: ClusterNode
  readonly strays: readonly Ip[]
  readonly blocks: readonly Cidr[]
  /** CIDRs in canonical text, sorted. */
  readonly claims: readonly string[]
  /** Of what it claims, what no pool covers. */
  readonly beyondPools: readonly Cidr[]
}

const none: readonly never[] = []
/** Of routes around the tunnel; no node has that name. */
const around = ''

export class Following {
  readonly #frame: Frame
  readonly #device: EncryptionDevice | undefined
  readonly #exempt: readonly Cidr[]
  readonly #members = new Map<string, Member>()
  readonly #addresses = new Claimants()
  readonly #keys = new Claimants()
  #overlaps: readonly string[] | undefined
  /** Destinations that go around the tunnel, whoever has them. */
  #around: ReadonlySet<string> | undefined
  #unusable: DesiredTunnel['unusable'] = undefined
  #peers: ReadonlyMap<string, TunnelPeer> = new Map()
  #clear: ReadonlyMap<string, ClearNode> = new Map()
  #parts: ReadonlyMap<string, RoutePart> = new Map()
  #tunnel: DesiredTunnel | undefined
  #guarded: readonly Cidr[] | undefined

  constructor(frame: Frame) {
    const { version, settings } = frame
    this.#frame = frame
    this.#device = version === 4 ? settings.ipv4 : settings.ipv6
    this.#exempt = exemptIn(frame)
  }

  /** The same object as before if nothing of it changed. */
  follow(world: Pick<TunnelWorld, 'nodes' | 'strays'>): DesiredTunnel | undefined {
    const concerned = this.#takeAll(world)
    if (this.#device === undefined || (this.#tunnel !== undefined && concerned.size === 0))
      return this.#tunnel
    const parts = new Map(this.#parts)
    this.#settleAround(parts, concerned)
    this.#settleOwn(concerned)
    this.#settle(concerned, parts, this.#device)
    this.#tunnel = this.#made(world.nodes, this.#device)
    return this.#tunnel
  }

  /** As `guardedAddresses`. The same list as before if it did not change. */
  guarded(): readonly Cidr[] {
    const beyond = () => this.#members.values().flatMap(({ beyondPools }) => beyondPools)
    const free = () => [...this.#exempt, ...bareAddresses(this.#frame.settings, this.#nodes())]
    this.#guarded ??= subtractCidrs([...this.#frame.pools, ...beyond()], free())
    return this.#guarded
  }

  *#nodes(): Generator<ClusterNode> {
    for (const { node } of this.#members.values()) yield node
  }

  /** Names of all for whom something may be different now. */
  #takeAll({ nodes, strays }: Pick<TunnelWorld, 'nodes' | 'strays'>): Set<string> {
    const concerned = new Set<string>()
    for (const node of nodes) this.#take(node, strays.get(node.name) ?? none, concerned)
    if (this.#members.size === nodes.length) return concerned
    const left = new Set(nodes.map(({ name }) => name))
    for (const [name, member] of this.#members)
      if (!left.has(name)) this.#replace(name, member, undefined, concerned)
    return concerned
  }

  #take(node: ClusterNode, strays: readonly Ip[], concerned: Set<string>): void {
    const before = this.#members.get(node.name)
    const hasSameStrays = before?.strays === strays
    if (hasSameStrays && before.node === node) return
    if (hasSameStrays && isSameNode(before.node, node)) this.#members.set(node.name, { ...before, node })
    else this.#replace(node.name, before, this.#memberOf(node, strays), concerned)
  }

  #memberOf(node: ClusterNode, strays: readonly Ip[]): Member {
    const { settings, pools } = this.#frame
    const { blocks, singles } = nodeClaims(node, strays, this.#exempt, settings)
    const all = [...blocks, ...singles]
    const isBeyond = (cidr: Cidr) => !pools.some((pool) => cidrCovers(pool, cidr))
    const claims = [...new Set(all.map(formatCidr))].sort()
    return { node, strays, blocks, claims, beyondPools: settings.required ? all.filter(isBeyond) : none }
  }

  #replace(
    name: string,
    before: Member | undefined,
    after: Member | undefined,
    concerned: Set<string>,
  ): void {
    if (after === undefined) this.#members.delete(name)
    else this.#members.set(name, after)
    this.#addresses.change(name, before?.claims ?? none, after?.claims ?? none, concerned)
    this.#keys.change(name, keysOf(before), keysOf(after), concerned)
    const hasSameAddress = before?.node.address?.value === after?.node.address?.value
    const hasSameBlocks = isSameCidrs(before?.node.podCidrs ?? none, after?.node.podCidrs ?? none)
    const isGuardedAlike = isSameCidrs(before?.beyondPools ?? none, after?.beyondPools ?? none)
    if (!hasSameBlocks) this.#overlaps = undefined
    if (!hasSameBlocks || !hasSameAddress) this.#around = undefined
    if (!isGuardedAlike || !hasSameAddress) this.#guarded = undefined
  }

  /** Whoever has an address of which this changes is concerned too. */
  #settleAround(parts: Map<string, RoutePart>, concerned: Set<string>): void {
    if (this.#around !== undefined) return
    const bare = bareInBlocks({ settings: this.#frame.settings, nodes: [...this.#nodes()] })
    this.#around = new Set([...this.#exempt, ...bare].map(formatCidr))
    const before = new Set(parts.get(around)?.destinations)
    for (const destination of this.#around.symmetricDifference(before)) {
      const owner = this.#addresses.firstOf(destination)
      if (owner !== undefined) concerned.add(owner)
    }
    parts.set(around, { how: 'Throw', destinations: [...this.#around] })
  }

  /** Where peers can't use the own key, nothing goes to any of them. */
  #settleOwn(concerned: Set<string>): void {
    const own = this.#members.get(this.#frame.ownName)?.node
    const unusable = whyUnusable(own, this.#keys.contested)
    if ((unusable === undefined) !== (this.#unusable === undefined))
      for (const name of this.#members.keys()) concerned.add(name)
    this.#unusable = unusable
  }

  #settle(concerned: ReadonlySet<string>, parts: Map<string, RoutePart>, device: EncryptionDevice): void {
    const [peers, clear] = [new Map(this.#peers), new Map(this.#clear)]
    for (const name of concerned) {
      for (const kept of [peers, clear, parts]) kept.delete(name)
      const member = this.#members.get(name)
      if (member === undefined) continue
      const allowedIps = this.#ownedBy(name, member)
      const isOwn = name === this.#frame.ownName
      const reason = whyClear(member.node, this.#keys.contested)
      const isPeer = !isOwn && reason === undefined
      parts.set(name, this.#partOf(allowedIps, isPeer && this.#unusable === undefined))
      if (isPeer) peers.set(name, peerOf(member.node, device, allowedIps))
      if (!isOwn && reason !== undefined) clear.set(name, reason)
    }
    this.#peers = peers
    this.#clear = clear
    this.#parts = parts
  }

  /** What several claim belongs to the first of them by name. */
  #ownedBy(name: string, { claims }: Member): readonly string[] {
    return allOrThose(claims, (claim) => this.#addresses.firstOf(claim) === name)
  }

  #partOf(allowedIps: readonly string[], isSentTo: boolean): RoutePart {
    const destinations = allOrThose(allowedIps, (cidr) => this.#around?.has(cidr) !== true)
    return { how: isSentTo ? 'Tunnel' : 'Throw', destinations }
  }

  #made(nodes: readonly ClusterNode[], device: EncryptionDevice): DesiredTunnel {
    const own = this.#members.get(this.#frame.ownName)?.node
    const sharedKeys = new Map(Array.from(this.#keys.contested, (key) => [key, this.#keys.of(key)]))
    return {
      ...ownEnd(this.#frame, device, own),
      peers: this.#peers,
      clear: [...this.#clear.values()],
      unusable: this.#unusable,
      routes: new PartedRoutes(this.#parts),
      problems: [
        ...this.#claimProblems(),
        ...keyProblems(nodes, sharedKeys),
        ...ownProblems(this.#frame, own),
      ],
    }
  }

  #claimProblems(): string[] {
    const contested = Array.from(this.#addresses.contested, (claim) => {
      const [owner = '', ...others] = this.#addresses.of(claim)
      return others.map((other) => contestedLine(claim, owner, other))
    })
    this.#overlaps ??= overlaps(blocksOf(this.#members.values()))
    return [...contested.flat(), ...this.#overlaps]
  }
}

/** The same list where all are such. */
function allOrThose(texts: readonly string[], isSuch: (text: string) => boolean): readonly string[] {
  return texts.every(isSuch) ? texts : texts.filter(isSuch)
}

function keysOf(member: Member | undefined): readonly string[] {
  return member?.node.publicKey === undefined ? none : [member.node.publicKey]
}

function blocksOf(members: Iterable<Member>): Claim[] {
  return Array.from(members, ({ node, blocks }) => blocks.map((cidr) => ({ node: node.name, cidr }))).flat()
}
