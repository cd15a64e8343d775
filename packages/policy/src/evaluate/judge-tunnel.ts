/**
 * Packets that carry those of workloads between nodes: no policy of a host endpoint is asked about them, and what comes in one must
 * have been sent by a node of the cluster. WireGuard sees to that itself. Source: spec/dataplane.md 1.7 and 1.8.
 */
import type { Flow, FlowPeer } from '../model/flow.ts'
import type { NodeSettings } from '../model/node-settings.ts'
import { protocols } from '../model/protocol.ts'
import type { PolicyState } from '../state/policy-state.ts'
import type { Hit, TunnelName } from './decision.ts'

export interface TunnelJudge {
  readonly state: PolicyState
  readonly settings: NodeSettings
}

/** Of a packet to the node itself; undefined for one that is no tunnel's. */
export function judgeTunnelIn({ state, settings }: TunnelJudge, flow: Flow): Hit | undefined {
  const [tunnel] = tunnelsOf(flow, settings)
  if (tunnel === undefined) return undefined
  const isKnown = tunnel === 'WireGuard' || isNode(state, flow.source)
  return { kind: 'NodeTunnel', tunnel, action: isKnown ? 'Allow' : 'Deny' }
}

/** Of a packet from the node itself; undefined for one that is no tunnel's, or does not go to a node. */
export function judgeTunnelOut({ state, settings }: TunnelJudge, flow: Flow): Hit | undefined {
  const tunnel = tunnelsOf(flow, settings).find((it) => it === 'WireGuard' || isNode(state, flow.destination))
  return tunnel && { kind: 'NodeTunnel', tunnel, action: 'Allow' }
}

/** More than one where they share a port: the first counts before the others. */
function tunnelsOf(flow: Flow, { tunnels, vxlanPort }: NodeSettings): TunnelName[] {
  const { ipVersion, protocol } = flow
  const isUdpTo = (port: number) => protocol === protocols.udp && flow.destinationPort === port
  const isWireguard = tunnels.wireguard.some(({ version, port }) => version === ipVersion && isUdpTo(port))
  return [
    ...(tunnels.ipip && ipVersion === 4 && protocol === protocols.ipip ? (['IPIP'] as const) : []),
    ...(tunnels.vxlan.includes(ipVersion) && isUdpTo(vxlanPort) ? (['VXLAN'] as const) : []),
    ...(isWireguard ? (['WireGuard'] as const) : []),
  ]
}

function isNode(state: PolicyState, { address }: FlowPeer): boolean {
  return address !== undefined && state.isNodeAddress(address)
}
