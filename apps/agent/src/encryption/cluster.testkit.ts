/**
 * A cluster of nodes that encrypt, with both ends of every way: what one end sends into its tunnel the other end takes or refuses, and what
 * goes in the clear passes both guards or does not. Slow and obvious.
 */
import {
  type Cidr,
  cidrContains,
  formatCidr,
  hostCidr,
  type Ip,
  type IpVersion,
  parseCidr,
} from '@margay/netset'
import type { EncryptionSettings, Endpoint } from '@margay/policy'
import { type Way, wayOf } from '../testing/routing-model.ts'
import { desiredTunnel, guardedAddresses } from './desired-tunnel.ts'
import { desiredRoutes, desiredRules } from './routing-plan.ts'
import { Strays } from './strays.ts'
import type { ClusterNode, DesiredTunnel, TunnelWorld } from './tunnel-model.ts'

export const mark = 0x20_0000
const deviceIndex = 7

export interface TestNode extends ClusterNode {
  /** False: its settings have no device. */
  readonly isOn: boolean
}

export interface TestPod {
  readonly node: string
  readonly ip: Ip
}

export interface TestCluster {
  readonly version: IpVersion
  readonly nodes: readonly TestNode[]
  readonly pods: readonly TestPod[]
  readonly pools: readonly Cidr[]
  readonly exempt: readonly Cidr[]
  readonly required: boolean
  readonly hostEncryption: boolean
}

/** Why a packet did not arrive, or how. */
export type Journey =
  | 'encrypted'
  | 'clear'
  | 'local'
  | 'dropped by the guard'
  | 'dropped by a route'
  | 'no peer has its destination'
  | 'refused by the other end'
  | 'decrypted by another node'

export interface Packet {
  /** From a pod, by a process of the node itself, or through it from elsewhere. */
  readonly from: 'pod' | 'host' | 'outside'
  readonly source: Ip
  readonly destination: Ip
  /** Where it is sent, and where its destination is. */
  readonly at: string
  readonly to: string
}

export class ClusterModel {
  readonly cluster: TestCluster
  readonly #ends: ReadonlyMap<string, End>

  constructor(cluster: TestCluster) {
    this.cluster = cluster
    this.#ends = new Map(cluster.nodes.map((node) => [node.name, new End(cluster, node)]))
  }

  end(node: string): End {
    const end = this.#ends.get(node)
    if (end === undefined) throw new Error(`there is no node ${node}`)
    return end
  }

  send(packet: Packet): Journey {
    const [near, far] = [this.end(packet.at), this.end(packet.to)]
    const way = near.wayOf(packet)
    if (way === 'Dropped') return 'dropped by a route'
    if (way === 'Main') return this.#inTheClear(packet, near, far)
    const peer = near.peerOf(packet.destination)
    if (peer === undefined) return 'no peer has its destination'
    const other = this.end(peer)
    if (other.peerOf(packet.source) !== packet.at) return 'refused by the other end'
    return peer === packet.to && far.delivers(packet) ? 'encrypted' : 'decrypted by another node'
  }

  #inTheClear(packet: Packet, near: End, far: End): Journey {
    if (packet.at === packet.to) return 'local'
    const isSent = packet.from === 'outside' || near.lets(packet, packet.from, packet.destination)
    const isTaken = far.lets(packet, far.isPod(packet.destination) ? 'pod' : 'host', packet.source)
    return isSent && isTaken ? 'clear' : 'dropped by the guard'
  }
}

class End {
  readonly node: TestNode
  readonly world: TunnelWorld
  readonly tunnel: DesiredTunnel | undefined
  readonly #pods: readonly TestPod[]
  readonly #guarded: readonly Cidr[] | undefined

  constructor(cluster: TestCluster, node: TestNode) {
    this.node = node
    this.world = worldOf(cluster, node)
    this.tunnel = desiredTunnel(this.world)
    this.#pods = cluster.pods.filter((pod) => pod.node === node.name)
    this.#guarded = cluster.required ? guardedAddresses(this.world) : undefined
  }

  isPod(ip: Ip): boolean {
    return this.#pods.some((pod) => pod.ip.value === ip.value)
  }

  /** What comes from outside the guard marks. */
  wayOf({ from, source, destination }: Omit<Packet, 'at' | 'to'>): Way {
    const inputInterface = { pod: 'cali1', host: 'lo', outside: 'eth0' }[from]
    return this.#way(inputInterface, from === 'outside' ? mark : 0, source, destination)
  }

  /** How a process's packet goes that has not chosen its source. */
  unbound(destination: Ip): Way {
    return this.#way('lo', 0, undefined, destination)
  }

  /** Of what was decrypted. */
  delivers({ source, destination }: Packet): boolean {
    const isOwn = this.isPod(destination) || isIp(destination, this.node.address, this.node.interfaceAddress)
    return isOwn && this.#way('wireguard.cali', 0, source, destination) === 'Main'
  }

  /** Whose is this address, as the device has it: by the longest prefix among all peers' allowed IPs. */
  peerOf(ip: Ip): string | undefined {
    const all = [...(this.tunnel?.peers.values() ?? [])].flatMap(({ node, allowedIps }) =>
      allowedIps.map((text) => ({ node, cidr: parseCidr(text) as Cidr })),
    )
    const holding = all.filter(({ cidr }) => cidrContains(cidr, ip))
    return holding.toSorted((one, other) => other.cidr.prefixLength - one.cidr.prefixLength)[0]?.node
  }

  /** Does the guard let it pass in the clear? `far` is its end at another node. */
  lets({ source, destination }: Packet, whose: 'pod' | 'host', far: Ip): boolean {
    const { settings } = this.world
    if (this.#guarded === undefined || (whose === 'host' && !settings.hostEncryption)) return true
    const isExempt = settings.exempt.some(
      (cidr) => cidrContains(cidr, source) || cidrContains(cidr, destination),
    )
    return isExempt || !this.#guarded.some((cidr) => cidrContains(cidr, far))
  }

  #way(inputInterface: string, packetMark: number, source: Ip | undefined, destination: Ip): Way {
    // The table of local addresses comes before all of ours.
    if (isIp(destination, this.node.address, this.node.interfaceAddress)) return 'Main'
    if (this.tunnel === undefined) return 'Main'
    const packet = { source, destination, inputInterface, mark: packetMark }
    return wayOf(packet, desiredRules(this.tunnel), desiredRoutes(this.tunnel, deviceIndex))
  }
}

function isIp(ip: Ip, ...among: readonly (Ip | undefined)[]): boolean {
  return among.some((each) => each?.value === ip.value)
}

function worldOf(cluster: TestCluster, node: TestNode): TunnelWorld {
  const { version, nodes, pods, pools } = cluster
  const homes = new Map(nodes.map(({ name, podCidrs }) => [name, podCidrs]))
  const strays = new Strays(homes, pods.map(endpointOf))
  return {
    version,
    ownName: node.name,
    settings: settingsOf(cluster, node),
    nodes,
    strays: strays.of(version),
    pools,
  }
}

export function endpointOf({ node, ip }: TestPod): Endpoint {
  const key = `shop/${formatCidr(hostCidr(ip))}`
  return {
    key,
    namespace: 'shop',
    name: key,
    node,
    labels: new Map(),
    addresses: [ip],
    ports: [],
    interfaceName: 'cali1',
    profiles: [],
    allowedSourcePrefixes: [],
    limits: undefined,
  }
}

export function settingsOf(
  { version, exempt, required, hostEncryption }: Omit<TestCluster, 'nodes' | 'pods' | 'pools'>,
  { isOn }: Pick<TestNode, 'isOn'>,
): EncryptionSettings {
  const device = isOn ? { interfaceName: 'wireguard.cali', listenPort: 51820, mtu: 0 } : undefined
  return {
    ipv4: version === 4 ? device : undefined,
    ipv6: version === 6 ? device : undefined,
    required,
    hostEncryption,
    keepaliveSeconds: 0,
    routingRulePriority: 99,
    mark,
    tables: { ipv4: 1, ipv6: 2 },
    threading: false,
    rotationSeconds: 0,
    exempt,
    problems: [],
  }
}
