/** Packets that carry those of workloads between nodes: no policy of a host endpoint is asked about them. Source: spec/dataplane.md 1.8. */
import type { IpVersion } from '@margay/netset'
import type { NodeSettings } from '../model/node-settings.ts'
import { protocols } from '../model/protocol.ts'
import { everyNumber, rectangle } from './region.ts'
import type { Traffic, Traffics } from './traffic.ts'

export interface TunnelPackets {
  /** Of those only that a node sends to a node. */
  readonly betweenNodes: Traffic
  /** Whoever sends them, since WireGuard knows its peers by itself. Where tunnels share a port, also packets of the others. */
  readonly wireguard: Traffic
}

export function tunnelPackets(
  { tunnels, vxlanPort }: NodeSettings,
  version: IpVersion,
  traffics: Traffics,
): TunnelPackets {
  const udpTo = (port: number) =>
    traffics.ofProtocol(protocols.udp, rectangle(everyNumber, [{ min: port, max: port }]))
  const unite = (all: readonly Traffic[]) => all.reduce((sum, it) => traffics.unite(sum, it), traffics.none)
  const betweenNodes = unite([
    ...(tunnels.ipip && version === 4 ? [traffics.ofProtocol(protocols.ipip)] : []),
    ...(tunnels.vxlan.includes(version) ? [udpTo(vxlanPort)] : []),
  ])
  const wireguard = tunnels.wireguard.filter((it) => it.version === version).map(({ port }) => udpTo(port))
  return { betweenNodes, wireguard: unite(wireguard) }
}

/** What comes to a node in a tunnel is no policy's business. */
export function tunnelledTo(settings: NodeSettings, version: IpVersion, traffics: Traffics): Traffic {
  const { betweenNodes, wireguard } = tunnelPackets(settings, version, traffics)
  return traffics.unite(betweenNodes, wireguard)
}
