/**
 * The reference: what policy means, said a second time, slowly and plainly. For tests.
 *
 * It reads the resources afresh for each packet, follows the text of the APIs, and evaluates Kubernetes' policies as
 * Kubernetes defines them, without converting them. It shares neither lowering nor sets nor orderings with `evaluate`,
 * which is held equal to it on random worlds. Source: spec/api.md 4 and 8 (I1 to I8, 8.1).
 */
import { type Ip, parseIp } from '@margay/netset'
import type { Resource } from '@margay/resources'
import { readAdminPolicy } from './admin-policy.ts'
import { readCalicoPolicy } from './calico-policy.ts'
import { type Cluster, type ReferencePod, readCluster } from './cluster.ts'
import { readClusterPolicy } from './cluster-policy.ts'
import { readKubernetesPolicy } from './kubernetes-policy.ts'
import type { Crossing, End, Packet, ReferencePolicy } from './packet.ts'
import { type ReferenceSettings, readSettings } from './settings.ts'
import { readTiers, sortPolicies } from './tiers.ts'

/** Takes resources that were admitted. Cost: all of them, for each packet. Throws TypeError on text that is no pod and no address. */
export function referenceVerdict(resources: readonly Resource[], packet: Packet): 'Allow' | 'Deny' {
  const crossing = readCrossing(readCluster(resources), packet)
  const { source, destination } = crossing
  if (source.pod !== undefined && source.pod === destination.pod) return 'Allow' // It never leaves the pod.
  const isAllowed =
    (source.pod === undefined || isLet(source.pod, 'Egress', crossing)) &&
    (destination.pod === undefined || isLet(destination.pod, 'Ingress', crossing))
  return isAllowed ? 'Allow' : 'Deny'
}

export function readCrossing(cluster: Cluster, packet: Packet): Crossing {
  const { sourcePort, sourceNames, destinationPort, destinationNames } = packet
  const source = { ...readEnd(packet.source, packet, cluster), port: sourcePort }
  const destination = { ...readEnd(packet.destination, packet, cluster), port: destinationPort }
  return {
    cluster,
    packet,
    source: { ...source, names: namesThatCount(source.ip, sourceNames, cluster) },
    destination: { ...destination, names: namesThatCount(destination.ip, destinationNames, cluster) },
  }
}

function readEnd(text: string, { ipVersion }: Packet, { pods }: Cluster): Pick<End, 'ip' | 'pod'> {
  const named = pods.find(({ namespace, name }) => `${namespace}/${name}` === text)
  if (named !== undefined) return { pod: named, ip: named.ips.find((ip) => ip.version === ipVersion) }
  const ip = parseIp(text)
  if (ip === undefined) throw new TypeError(`${JSON.stringify(text)} is neither a pod nor an address`)
  return { ip, pod: pods.find((pod) => pod.holds(ip)) }
}

/** Nobody's DNS opens the way to a pod or a host (spec/dataplane.md 7.1: in-cluster names are not supported). */
function namesThatCount(
  ip: Ip | undefined,
  names: readonly string[] = [],
  { pods, hosts }: Cluster,
): readonly string[] {
  const isInside = ip === undefined || [...pods, ...hosts].some((it) => it.holds(ip))
  return isInside ? [] : names
}

/** Does policy let the packet out of this pod, or into it? */
export function isLet(pod: ReferencePod, direction: 'Ingress' | 'Egress', crossing: Crossing): boolean {
  const { resources } = crossing.cluster
  if (direction === 'Egress' && isTunnel(crossing, readSettings(resources, pod.node))) return false
  const applying = readPolicies(resources).filter((it) => it.list === 'normal' && it.selects(pod))
  const action = askTiers(applying, direction, crossing)
  return action === 'Pass' ? pod.isNamespaceKnown : action === 'Allow' // Its namespace's profile allows; a missing one denies.
}

/** VXLAN and IP in IP are not for pods to send (spec/dataplane.md 2.2.7). */
function isTunnel({ packet: { protocol, destinationPort } }: Crossing, settings: ReferenceSettings): boolean {
  if (protocol === 4) return settings.allowIPIPPacketsFromWorkloads !== true
  return protocol === 17 && destinationPort === 4789 && settings.allowVXLANPacketsFromWorkloads !== true
}

/** Pass: none of the tiers decided. Tiers without a default action pass too. */
export function askTiers(
  applying: readonly ReferencePolicy[],
  direction: 'Ingress' | 'Egress',
  crossing: Crossing,
  ending: 'default action' | 'none' = 'default action',
): 'Allow' | 'Deny' | 'Pass' {
  const governing = applying.filter(({ types }) => types.includes(direction))
  for (const tier of readTiers(crossing.cluster.resources, governing)) {
    const policies = sortPolicies(governing.filter((it) => it.tier === tier.name))
    const rules = policies.flatMap((it) => (direction === 'Ingress' ? it.ingress : it.egress))
    const decisive = rules.find(({ action, matches }) => action !== 'Log' && matches(crossing))
    const action = decisive?.action ?? (ending === 'none' ? 'Pass' : tier.defaultAction)
    if (action === 'Allow' || action === 'Deny') return action
  }
  return 'Pass'
}

/** Staged policies are not enforced. */
export function readPolicies(resources: readonly Resource[]): ReferencePolicy[] {
  return resources.flatMap(readPolicy)
}

function readPolicy(resource: Resource): ReferencePolicy[] {
  switch (resource.kind) {
    case 'AdminNetworkPolicy':
    case 'BaselineAdminNetworkPolicy':
      return [readAdminPolicy(resource)]
    case 'ClusterNetworkPolicy':
      return [readClusterPolicy(resource)]
    case 'GlobalNetworkPolicy':
      return [readCalicoPolicy(resource)]
    case 'NetworkPolicy':
      if (resource.apiVersion === 'networking.k8s.io/v1') return [readKubernetesPolicy(resource)]
      return [readCalicoPolicy(resource)]
    default:
      return []
  }
}
