/** What the guard of encryption has to know. */
import type { Cidr, Ip, IpVersion } from '@margay/netset'
import type { FailsafePort } from '@margay/policy'

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

export interface GuardedTunnel {
  readonly version: IpVersion
  /** The WireGuard device, and the UDP port where it listens, 1-65535; undefined: nothing is encrypted over this IP version. */
  readonly device: { readonly interfaceName: string; readonly listenPort: number } | undefined
  /** Addresses with which the node's pods talk encrypted or not at all; undefined: nothing is required. */
  readonly guarded: readonly Cidr[] | undefined
  /** What comes from here, or goes here, passes in the clear. */
  readonly exempt: readonly Cidr[]
  /** Addresses of nodes, of this IP version. */
  readonly nodes: readonly Ip[]
}

export interface GuardedHost {
  /** Those that pass in the clear even where encryption is required. */
  readonly inbound: readonly FailsafePort[]
  readonly outbound: readonly FailsafePort[]
  /**
   * TCP ports at which nodes have the API, which never goes through a tunnel: through one that has failed, nobody could be told of the key that mends it. It
   * has its own encryption.
   */
  readonly apiPorts: readonly number[]
}

/** One whose addresses are guarded. */
export type Guarded = GuardedTunnel & { readonly guarded: readonly Cidr[] }
