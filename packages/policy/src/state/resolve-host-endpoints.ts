/** Which host endpoint governs which network interface of a node. Source: spec/dataplane.md 1.10. */
import type { Ip } from '@margay/netset'
import { everyInterface, type HostEndpoint } from '../model/host-endpoint.ts'
import { addressKey } from './address-key.ts'

export interface NodeInterface {
  readonly name: string
  /** Its own, as the kernel has them now. */
  readonly addresses: readonly Ip[]
}

export interface GoverningEndpoints {
  /** By interface; interfaces of workloads, and those that nobody claims, are not there. */
  readonly byInterface: ReadonlyMap<string, HostEndpoint>
  /** For all others, at the stages at which it governs them; undefined: they are not policed. */
  readonly wildcard: HostEndpoint | undefined
}

/**
 * A host endpoint with an interface name governs that interface alone, whatever addresses it expects; one without governs
 * every interface that has one of them. If several claim an interface, or the rest, the one with the smallest name has it.
 */
export function resolveHostEndpoints(
  hostEndpoints: Iterable<HostEndpoint>,
  node: string,
  interfaces: readonly NodeInterface[],
  workloadInterfacePrefixes: readonly string[],
): GoverningEndpoints {
  const own = [...hostEndpoints].filter((endpoint) => endpoint.node === node).sort(byName)
  const isOfHost = ({ name }: NodeInterface) => !isWorkloadInterface(name, workloadInterfacePrefixes)
  const governed = interfaces.filter(isOfHost).flatMap((it) => {
    const endpoint = claimant(own, it)
    return endpoint === undefined ? [] : [[it.name, endpoint] as const]
  })
  return {
    byInterface: new Map(governed),
    wildcard: own.find(({ interfaceName }) => interfaceName === everyInterface),
  }
}

export function isWorkloadInterface(name: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => name.startsWith(prefix))
}

/** Of those by name and those by address alike, the first by name. */
function claimant(
  own: readonly HostEndpoint[],
  { name, addresses }: NodeInterface,
): HostEndpoint | undefined {
  const owned = new Set(addresses.map(addressKey))
  return own.find(({ interfaceName, expectedAddresses }) =>
    interfaceName === undefined
      ? expectedAddresses.some((address) => owned.has(addressKey(address)))
      : interfaceName === name,
  )
}

/** By UTF-16 code units, which is bytewise for what names are made of. */
function byName(a: HostEndpoint, b: HostEndpoint): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}
