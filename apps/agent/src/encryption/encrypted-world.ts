/** From what the API tells to what one end of the encrypted network is made from. Pure. */
import type { GuardOptions } from '@margay/dataplane'
import { type Cidr, type Ip, type IpVersion, parseCidr } from '@margay/netset'
import type { NodeSettings } from '@margay/policy'
import type { ResourceObject } from '@margay/resources'
import { clusterNodes } from './cluster-nodes.ts'
import { guardedAddresses } from './desired-tunnel.ts'
import type { Homes, Strays } from './strays.ts'
import type { DesiredTunnel, TunnelWorld } from './tunnel-model.ts'

export const ipVersions: readonly IpVersion[] = [4, 6]

/** As the API tells it; by name. */
export interface ToldCluster {
  readonly nodeName: string
  readonly nodes: ReadonlyMap<string, ResourceObject>
  readonly pools: ReadonlyMap<string, ResourceObject>
}

/** None where encryption is off; else one for each IP version. */
export function worldsOf(told: ToldCluster, settings: NodeSettings, strays: () => Strays): TunnelWorld[] {
  return isOff(settings) ? [] : ipVersions.map((version) => worldOf(version, told, settings, strays()))
}

function worldOf(
  version: IpVersion,
  { nodeName, nodes, pools }: ToldCluster,
  settings: NodeSettings,
  strays: Strays,
): TunnelWorld {
  const cidrs = [...pools.values()].map(({ spec }) =>
    parseCidr(String((spec as { cidr?: unknown } | undefined)?.cidr)),
  )
  return {
    version,
    ownName: nodeName,
    settings: settings.encryption,
    nodes: clusterNodes(nodes)[version],
    strays: strays.of(version),
    pools: cidrs.filter((cidr) => cidr !== undefined).filter((cidr) => cidr.version === version),
  }
}

/** Required, and no tunnel at all: then everything that would have to be encrypted is dropped. */
function isOff({ encryption }: NodeSettings): boolean {
  return encryption.ipv4 === undefined && encryption.ipv6 === undefined && !encryption.required
}

export function homesOf(nodes: ReadonlyMap<string, ResourceObject>): Homes {
  return clusterNodes(nodes).homes
}

/** `guardedIn` says which addresses are guarded where encryption is required. */
export function guardOptions(
  { encryption, interfacePrefixes, failsafeInbound, failsafeOutbound }: NodeSettings,
  worlds: readonly TunnelWorld[],
  tunnels: ReadonlyMap<IpVersion, DesiredTunnel | undefined>,
  apiPorts: readonly number[],
  guardedIn: (world: TunnelWorld) => readonly Cidr[] | undefined = guardedAddresses,
): GuardOptions {
  return {
    mark: encryption.mark,
    interfacePrefixes,
    tunnels: worlds.map((world) => ({
      version: world.version,
      device: tunnels.get(world.version)?.device,
      guarded: encryption.required ? guardedIn(world) : undefined,
      exempt: encryption.exempt.filter((cidr) => cidr.version === world.version),
      // Only asked for by packets of nodes themselves.
      nodes: encryption.hostEncryption ? addressesOf(world) : [],
    })),
    host: encryption.hostEncryption
      ? { inbound: failsafeInbound, outbound: failsafeOutbound, apiPorts }
      : undefined,
  }
}

function addressesOf({ nodes }: TunnelWorld): Ip[] {
  return nodes.map(({ address }) => address).filter((ip) => ip !== undefined)
}
