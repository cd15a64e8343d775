/** WireGuard devices, the same for the kernel's and for those of a process. */
import type { PrivateKey } from './private-key.ts'

/** Keys as text are standard base64 of 32 bytes, 44 characters, canonical. */
export interface WireguardEndpoint {
  readonly address: string
  readonly port: number
}

export interface WireguardPeer {
  readonly publicKey: string
  readonly endpoint: WireguardEndpoint | undefined
  /** Canonical CIDR text, sorted; IPv4 and IPv6. */
  readonly allowedIps: readonly string[]
  /** 0: off. */
  readonly keepaliveSeconds: number
  /** Undefined: never. */
  readonly lastHandshake: Date | undefined
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** As read. The private key never comes out: only the public key that belongs to it. */
export interface WireguardDevice {
  /** Undefined: it has no private key yet. */
  readonly publicKey: string | undefined
  readonly listenPort: number
  /** 0: none. */
  readonly fwmark: number
  readonly peers: readonly WireguardPeer[]
}

export type WireguardPeerChange =
  | { readonly publicKey: string; readonly remove: true }
  | {
      readonly publicKey: string
      readonly remove?: false
      /** Only if it is there. */
      readonly updateOnly?: boolean
      readonly endpoint?: WireguardEndpoint
      readonly keepaliveSeconds?: number
      /** What is not in `allowedIps` goes. */
      readonly replaceAllowedIps?: boolean
      readonly allowedIps?: readonly string[]
    }

/** What is undefined stays. Peers in order; an allowed IP of another peer moves to the later one. */
export interface WireguardChange {
  readonly privateKey?: PrivateKey
  readonly listenPort?: number
  readonly fwmark?: number
  readonly peers?: readonly WireguardPeerChange[]
}

/** One device. Asynchronous, since user space is asked by a socket; the kernel answers at once. */
export interface WireguardControl {
  /** @throws WireguardError, WireguardDecodeError */
  read(): Promise<WireguardDevice>
  /** What was done before an error stays done. @throws WireguardError, RangeError for a change that no device could take */
  change(change: WireguardChange): Promise<void>
  close(): void
}
