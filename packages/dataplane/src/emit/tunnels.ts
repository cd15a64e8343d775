/**
 * In front of what host endpoints say: packets that carry those of workloads between nodes. Each packet is judged, whatever connection
 * tracking makes of it: a node that leaves the cluster is not heard any more. Source: spec/dataplane.md 1.7 and 1.8.
 */
import type { Expression, NftRule, SetContent } from '@margay/netlink/nftables'
import type { Ip, IpVersion } from '@margay/netset'
import { type NodeSettings, protocols } from '@margay/policy'
import * as bytes from './bytes.ts'
import { addressType } from './class-maps.ts'
import { versions } from './dispatch.ts'
import {
  accept,
  commented,
  counter,
  destinationPort,
  drop,
  family,
  ipAddress,
  isIn,
  protocol,
  rule,
} from './expressions.ts'

export interface TunnelRules {
  /** To a process of the node, that is to the kernel, which takes them apart. */
  readonly input: readonly NftRule[]
  readonly output: readonly NftRule[]
}

export function tunnelRules(settings: NodeSettings, deny: readonly Expression[]): TunnelRules {
  const guarded = guardedTunnels(settings)
  const wireguard = settings.tunnels.wireguard.map(({ version, port }) => [
    ...family(version),
    ...isUdpTo(port),
  ])
  return {
    input: [
      ...guarded.flatMap(({ name, version, match }) => [
        rule(match, isNode('saddr', version), accept),
        // A sender that nobody knows learns nothing about VXLAN over IPv4.
        commented(
          `${name} from no node of the cluster`,
          match,
          counter,
          name === 'VXLAN' && version === 4 ? drop : deny,
        ),
      ]),
      ...wireguard.map((match) => rule(match, accept)),
    ],
    output: [
      ...guarded.map(({ version, match }) => rule(match, isNode('daddr', version), accept)),
      ...wireguard.map((match) => rule(match, accept)),
    ],
  }
}

/** Addresses of nodes, for the IP versions of which the rules ask. */
export function tunnelNodes(settings: NodeSettings, addresses: Iterable<Ip>): SetContent[] {
  const asked = new Set(guardedTunnels(settings).map(({ version }) => version))
  const all = [...addresses]
  return versions
    .filter((version) => asked.has(version))
    .map((version) => ({
      set: { name: nodesSet(version), key: [addressType(version)] },
      elements: all
        .filter((address) => address.version === version)
        .map((address) => ({ key: bytes.address(address) })),
    }))
}

interface GuardedTunnel {
  readonly name: 'IPIP' | 'VXLAN'
  readonly version: IpVersion
  readonly match: readonly Expression[]
}

/** Those that anybody could send, since they have no keys. */
function guardedTunnels({ tunnels, vxlanPort }: NodeSettings): GuardedTunnel[] {
  const ipip: GuardedTunnel = { name: 'IPIP', version: 4, match: [...family(4), ...protocol(protocols.ipip)] }
  return [
    ...(tunnels.ipip ? [ipip] : []),
    ...tunnels.vxlan.map((version): GuardedTunnel => {
      return { name: 'VXLAN', version, match: [...family(version), ...isUdpTo(vxlanPort)] }
    }),
  ]
}

function nodesSet(version: IpVersion): string {
  return `nodes-${version}`
}

function isNode(side: 'saddr' | 'daddr', version: IpVersion): Expression[] {
  return [ipAddress(side, version, 0), isIn(nodesSet(version), 0)]
}

function isUdpTo(port: number): Expression[] {
  return [...protocol(protocols.udp), ...destinationPort(port)]
}
