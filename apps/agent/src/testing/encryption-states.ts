/** How encryption stands, for tests of what is told of it. */
import type { WireguardPeer } from '@margay/netlink'
import type { EncryptionState } from '../encryption/encryption.ts'
import type { TunnelState } from '../encryption/tunnel-keeper.ts'
import type { ClearNode, DesiredTunnel } from '../encryption/tunnel-model.ts'

/** Of a peer, what its device tells. */
export type FakePeer = Partial<
  Pick<WireguardPeer, 'endpoint' | 'lastHandshake' | 'receivedBytes' | 'sentBytes'>
>

export interface FakeTunnel {
  readonly version?: 4 | 6
  /** By node; its public key is `key of NODE`. */
  readonly peers?: Readonly<Record<string, FakePeer>>
  readonly clear?: readonly ClearNode[]
  readonly problems?: readonly string[]
  /** There is a device. */
  readonly hasDevice?: boolean
  readonly publicKey?: string
}

export function tunnelState({
  version = 4,
  peers = {},
  clear = [],
  problems = [],
  hasDevice = true,
  publicKey = 'own key',
}: FakeTunnel): TunnelState {
  const interfaceName = version === 4 ? 'wireguard.cali' : 'wg-v6.cali'
  const devicePeers = Object.entries(peers).map(([node, peer]) => peerOf(node, peer))
  const wanted = Object.keys(peers).map((node) => [node, { node, publicKey: `key of ${node}` }] as const)
  return {
    version,
    interfaceName,
    driver: hasDevice ? 'wireguard-go' : undefined,
    publicKey: hasDevice ? publicKey : undefined,
    keyMadeAt: new Date('2026-01-01T00:00:00Z'),
    device: hasDevice ? { publicKey, listenPort: 51_820, fwmark: 0, peers: devicePeers } : undefined,
    // What is told of a tunnel asks for no more of it.
    desired: {
      device: { interfaceName, listenPort: 51_820, mtu: 0 },
      peers: new Map(wanted),
      clear,
      problems,
    } as unknown as DesiredTunnel,
    problems,
  }
}

function peerOf(node: string, peer: FakePeer): WireguardPeer {
  const rest = { endpoint: undefined, allowedIps: [], keepaliveSeconds: 0 }
  return {
    publicKey: `key of ${node}`,
    ...rest,
    lastHandshake: undefined,
    receivedBytes: 0,
    sentBytes: 0,
    ...peer,
  }
}

export function encryptionState(
  tunnels: readonly TunnelState[],
  changes: Partial<EncryptionState> = {},
): EncryptionState {
  return { tunnels, dropped: undefined, problems: tunnels.flatMap(({ problems }) => problems), ...changes }
}
