/**
 * How encryption stands on a node ▶ metrics. Pure.
 *
 * Source  Calico's documentation of Felix's metrics, for those that begin with `wireguard_`: dashboards made for them go on to work. Bytes are
 *         those of a device and a peer with their present keys, and begin anew with another key.
 */

import type { Metric, Sample } from '@margay/metrics'
import type { WireguardPeer } from '@margay/netlink'
import type { MetricsSettings } from '@margay/policy'
import type { EncryptionState } from '../encryption/encryption.ts'
import type { TunnelState } from '../encryption/tunnel-keeper.ts'

export function encryptionMetrics(
  nodeName: string,
  { tunnels, dropped }: EncryptionState,
  { wireguard }: MetricsSettings,
): Metric[] {
  const droppedPackets: Metric = {
    name: 'margay_encryption_dropped_packets',
    type: 'counter',
    help: 'Packets that were dropped, since they would have been in the clear',
    samples: [{ labels: { hostname: nodeName }, value: dropped?.packets ?? 0 }],
  }
  return [...(wireguard ? wireguardMetrics(nodeName, tunnels) : []), droppedPackets]
}

function wireguardMetrics(nodeName: string, tunnels: readonly TunnelState[]): Metric[] {
  const ofPeers = (value: (peer: WireguardPeer) => number): Sample[] =>
    tunnels.flatMap((tunnel) => peerSamples(nodeName, tunnel, value))
  return [
    {
      name: 'wireguard_meta',
      type: 'gauge',
      help: 'A WireGuard device, in the labels',
      samples: tunnels.flatMap((tunnel) => deviceSamples(nodeName, tunnel)),
    },
    {
      name: 'wireguard_bytes_rcvd',
      type: 'counter',
      help: 'Bytes that came from a peer',
      samples: ofPeers(({ receivedBytes }) => receivedBytes),
    },
    {
      name: 'wireguard_bytes_sent',
      type: 'counter',
      help: 'Bytes that were sent to a peer',
      samples: ofPeers(({ sentBytes }) => sentBytes),
    },
    {
      name: 'wireguard_latest_handshake_seconds',
      type: 'gauge',
      help: 'When a peer shook hands last, in seconds since 1970; 0: never',
      samples: ofPeers(({ lastHandshake }) => Math.floor((lastHandshake?.getTime() ?? 0) / 1000)),
    },
  ]
}

function deviceSamples(hostname: string, { interfaceName, device }: TunnelState): Sample[] {
  if (device?.publicKey === undefined) return []
  const { listenPort, publicKey } = device
  return [
    {
      labels: { hostname, iface: interfaceName, listen_port: String(listenPort), public_key: publicKey },
      value: 1,
    },
  ]
}

function peerSamples(
  hostname: string,
  { device }: TunnelState,
  value: (peer: WireguardPeer) => number,
): Sample[] {
  if (device?.publicKey === undefined) return []
  const own = device.publicKey
  return device.peers.map((peer) => ({
    labels: { hostname, peer_endpoint: endpointText(peer), peer_key: peer.publicKey, public_key: own },
    value: value(peer),
  }))
}

function endpointText({ endpoint }: WireguardPeer): string {
  if (endpoint === undefined) return ''
  const { address, port } = endpoint
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
