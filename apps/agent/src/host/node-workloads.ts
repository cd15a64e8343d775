/** What plumbing needs to know of the policy of a node. */
import { formatCidr, formatIp } from '@margay/netset'
import type { Endpoint, NodeSettings } from '@margay/policy'
import type { LocalEndpoint, NodeWorkloads } from './desired-host.ts'

/** `local` are the endpoints of the node. */
export function nodeWorkloads(local: readonly Endpoint[], settings: NodeSettings): NodeWorkloads {
  return {
    endpoints: local.map((endpoint) => localEndpoint(endpoint, settings)),
    interfacePrefixes: settings.interfacePrefixes,
    forwards: settings.forwards,
    removesExternalRoutes: settings.removesExternalRoutes,
  }
}

/** Each endpoint is written once, as long as it says the same. */
const known = new WeakMap<Endpoint, { readonly isGranted: boolean; readonly local: LocalEndpoint }>()

function localEndpoint(endpoint: Endpoint, { workloadSourceSpoofing }: NodeSettings): LocalEndpoint {
  const isGranted = workloadSourceSpoofing === 'Any'
  const there = known.get(endpoint)
  if (there?.isGranted === isGranted) return there.local
  const local = written(endpoint, isGranted)
  known.set(endpoint, { isGranted, local })
  return local
}

/** Prefixes that a pod asks to send from are granted by the administrator of the cluster, or not at all. */
function written(endpoint: Endpoint, isGranted: boolean): LocalEndpoint {
  const { key, interfaceName, addresses, allowedSourcePrefixes, limits } = endpoint
  const granted = isGranted ? allowedSourcePrefixes : []
  return {
    key,
    interfaceName,
    addresses: addresses.map(formatIp),
    allowedSourcePrefixes: granted.map(formatCidr),
    ...(limits && { bandwidth: { ingress: limits.ingress.bandwidth, egress: limits.egress.bandwidth } }),
  }
}
