/** How encryption stands on a node ▶ what its lease says of it, and what became of each peer. Pure. */
import type { WireguardPeer } from '@margay/netlink'
import type { EncryptionReport, PeerReport, TunnelReport } from '@margay/resources'
import type { EncryptionState } from './encryption.ts'
import type { TunnelState } from './tunnel-keeper.ts'
import type { TunnelPeer } from './tunnel-model.ts'
import { isUnanswered, type Silences } from './unanswered.ts'

export function encryptionReport(
  { tunnels, dropped, problems }: EncryptionState,
  silences: Silences,
): EncryptionReport {
  return {
    required: dropped !== undefined,
    dropped: dropped ?? { packets: 0, bytes: 0 },
    problems: [...new Set(problems)],
    tunnels: tunnels.map((tunnel) => tunnelReport(tunnel, silences)),
  }
}

function tunnelReport(state: TunnelState, silences: Silences): TunnelReport {
  const { version, interfaceName, driver, publicKey, keyMadeAt, device, desired } = state
  const known = new Map(device?.peers.map((peer) => [peer.publicKey, peer]))
  const wanted = [...desired.peers.values()]
  const peers = wanted.map((peer) => peerReport(peer, known.get(peer.publicKey)))
  const unanswered = wanted
    .filter((it) => isUnanswered(silences, version, it.publicKey))
    .map(({ node }) => node)
  const never = peers.filter(([, handshake]) => handshake === 0).length
  return {
    version,
    interfaceName,
    driver,
    publicKey,
    keyMadeAt: keyMadeAt?.toISOString(),
    listenPort: device?.listenPort ?? desired.device.listenPort,
    counts: { peers: peers.length, waiting: never + unanswered.length, clear: desired.clear.length },
    peers,
    unanswered,
    clear: desired.clear.map(({ node, reason }) => [node, reason]),
  }
}

function peerReport({ node }: TunnelPeer, peer: WireguardPeer | undefined): PeerReport {
  const handshake = Math.floor((peer?.lastHandshake?.getTime() ?? 0) / 1000)
  return [node, handshake, peer?.receivedBytes ?? 0, peer?.sentBytes ?? 0]
}

/** `Waiting`: it is a peer, but there is no session; nothing goes to it in the clear. */
export type PeerStanding = 'Encrypted' | 'Waiting' | 'Clear'

/** By IP version and node, as `4 node-1`. */
export type PeerStandings = ReadonlyMap<string, PeerStanding>

/** Of all peers: before any is left out. */
export function peerStandings({ tunnels }: EncryptionReport): PeerStandings {
  return new Map(tunnels.flatMap(standingsIn))
}

function standingsIn({
  version,
  peers,
  unanswered,
  clear,
}: TunnelReport): (readonly [string, PeerStanding])[] {
  const silent = new Set(unanswered)
  const hasSession = ([node, handshake]: PeerReport) => handshake > 0 && !silent.has(node)
  return [
    ...peers.map((peer) => [`${version} ${peer[0]}`, hasSession(peer) ? 'Encrypted' : 'Waiting'] as const),
    ...clear.map(([node]) => [`${version} ${node}`, 'Clear'] as const),
  ]
}
