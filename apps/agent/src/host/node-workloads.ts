/** What plumbing needs to know of the policy of a node. */
import { formatCidr, formatIp } from '@margay/netset'
import type { Endpoint, NodeSettings } from '@margay/policy'
import type { LocalEndpoint, NodeWorkloads } from './desired-host.ts'

/** `local` are the endpoints of the node. */
export function nodeWorkloads(local: readonly Endpoint[], settings: NodeSettings): NodeWorkloads {
  return {
    endpoints: local.map((endpoint) => localEndpoint(endpoint, settings)),
    interfacePrefixes: settings.interfacePrefixes,
  }
}

/** Prefixes that a pod asks to send from are granted by the administrator of the cluster, or not at all. */
function localEndpoint(endpoint: Endpoint, { workloadSourceSpoofing }: NodeSettings): LocalEndpoint {
  const { key, interfaceName, addresses, allowedSourcePrefixes, limits } = endpoint
  const granted = workloadSourceSpoofing === 'Any' ? allowedSourcePrefixes : []
  return {
    key,
    interfaceName,
    addresses: addresses.map(formatIp),
    allowedSourcePrefixes: granted.map(formatCidr),
    ...(limits && { bandwidth: { ingress: limits.ingress.bandwidth, egress: limits.egress.bandwidth } }),
  }
}
