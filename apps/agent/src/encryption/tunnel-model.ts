/** What one node's end of the encrypted network between nodes is to be, for one IP version. Values only. */
import type { Cidr, Ip, IpVersion } from '@margay/netset'
import type { EncryptionDevice, EncryptionSettings } from '@margay/policy'

/** A node of the cluster, as far as its peers ask, for one IP version. */
export interface ClusterNode {
  readonly name: string
  /** Where its peers reach it; undefined: it has none of that version. */
  readonly address: Ip | undefined
  /** Base64; undefined: none that can be used. */
  readonly publicKey: string | undefined
  /** It publishes a key that is none. */
  readonly isMalformed: boolean
  /** Of its WireGuard device: what its own processes send comes from there. */
  readonly interfaceAddress: Ip | undefined
  /** From which its pods have their addresses. */
  readonly podCidrs: readonly Cidr[]
}

/** All that one end is made from. */
export interface TunnelWorld {
  readonly version: IpVersion
  readonly ownName: string
  readonly settings: EncryptionSettings
  /** In any order, with the own one. */
  readonly nodes: readonly ClusterNode[]
  /** Of each node, addresses of pods that none of its `podCidrs` holds. */
  readonly strays: ReadonlyMap<string, readonly Ip[]>
  /** Of this version: those of all pools. */
  readonly pools: readonly Cidr[]
}

export interface TunnelPeer {
  readonly node: string
  /** Base64. */
  readonly publicKey: string
  readonly endpoint: { readonly address: string; readonly port: number }
  /** CIDRs in canonical text, sorted. */
  readonly allowedIps: readonly string[]
}

/**
 * `Tunnel`: through the device, or nowhere while it is away. `Throw`: as if there were no such table. Source: spec/dataplane.md 6.3; that
 * nothing goes in the clear to a peer whose device is away is our own.
 */
export type TunnelRoute = 'Tunnel' | 'Throw'

/** Why a node is talked with in the clear, or under `required` not at all. */
export interface ClearNode {
  readonly node: string
  readonly reason: 'NoKey' | 'MalformedKey' | 'SharedKey' | 'NoAddress'
}

export interface DesiredTunnel {
  readonly version: IpVersion
  readonly device: EncryptionDevice
  /** Of packets that the device itself sends; a single bit. */
  readonly mark: number
  readonly table: number
  readonly rulePriority: number
  readonly keepaliveSeconds: number
  readonly hasThreads: boolean
  /** By node. */
  readonly peers: ReadonlyMap<string, TunnelPeer>
  readonly clear: readonly ClearNode[]
  /**
   * Why no peer can use the own key as the API tells it; then nothing goes through the tunnel, though what peers send already is taken.
   * Undefined: they can.
   */
  readonly unusable: ClearNode['reason'] | undefined
  /** By CIDR in canonical text. */
  readonly routes: ReadonlyMap<string, TunnelRoute>
  /** The own node's end; undefined: the device has no address. */
  readonly address: Ip | undefined
  /** Processes of the node itself send to pods of other nodes through the tunnel. */
  readonly carriesHost: boolean
  /** Sources whose packets never go through it. */
  readonly plain: readonly Cidr[]
  /** The node's own address of that version. */
  readonly ownAddress: Ip | undefined
  /** A line for each. */
  readonly problems: readonly string[]
}
