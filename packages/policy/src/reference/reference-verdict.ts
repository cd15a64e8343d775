/**
 * The reference: what policy means, said a second time, slowly and plainly. For tests.
 *
 * It reads the resources afresh for each packet, follows the text of the APIs, and evaluates Kubernetes' policies as
 * Kubernetes defines them, without converting them. It shares neither lowering nor sets nor orderings with `evaluate`,
 * which is held equal to it on random worlds. Source: spec/api.md 4 and 8 (I1 to I8, 8.1).
 */
import { parseIp } from '@margay/netset'
import type { Resource } from '@margay/resources'
import { readCalicoPolicy } from './calico-policy.ts'
import { type Cluster, type ReferencePod, readCluster } from './cluster.ts'
import { readClusterPolicy } from './cluster-policy.ts'
import { readKubernetesPolicy } from './kubernetes-policy.ts'
import type { Crossing, End, Packet, ReferencePolicy } from './packet.ts'
import { readTiers, sortPolicies } from './tiers.ts'

/** Takes resources that were admitted. Cost: all of them, for each packet. Throws TypeError on text that is no pod and no address. */
export function referenceVerdict(resources: readonly Resource[], packet: Packet): 'Allow' | 'Deny' {
  const cluster = readCluster(resources)
  const source = readEnd(packet.source, packet.sourcePort, packet, cluster)
  const destination = readEnd(packet.destination, packet.destinationPort, packet, cluster)
  if (source.pod !== undefined && source.pod === destination.pod) return 'Allow' // It never leaves the pod.
  const crossing = { cluster, packet, source, destination }
  const isAllowed = isLet(source.pod, 'Egress', crossing) && isLet(destination.pod, 'Ingress', crossing)
  return isAllowed ? 'Allow' : 'Deny'
}

function readEnd(text: string, port: number | undefined, { ipVersion }: Packet, { pods }: Cluster): End {
  const named = pods.find(({ namespace, name }) => `${namespace}/${name}` === text)
  if (named !== undefined) return { port, pod: named, ip: named.ips.find((ip) => ip.version === ipVersion) }
  const ip = parseIp(text)
  if (ip === undefined) throw new TypeError(`${JSON.stringify(text)} is neither a pod nor an address`)
  return { port, ip, pod: pods.find((pod) => pod.holds(ip)) }
}

/** Does policy let the packet out of this pod, or into it? Whatever is not a pod has no policy. */
function isLet(pod: ReferencePod | undefined, direction: 'Ingress' | 'Egress', crossing: Crossing): boolean {
  if (pod === undefined) return true
  const { resources } = crossing.cluster
  const applying = resources
    .flatMap(readPolicy)
    .filter(({ types, selects }) => types.includes(direction) && selects(pod))
  for (const tier of readTiers(resources, applying)) {
    const policies = sortPolicies(applying.filter((it) => it.tier === tier.name))
    const rules = policies.flatMap((it) => (direction === 'Ingress' ? it.ingress : it.egress))
    const decisive = rules.find(({ action, matches }) => action !== 'Log' && matches(crossing))
    const action = decisive?.action ?? tier.defaultAction
    if (action !== 'Pass') return action === 'Allow'
  }
  return pod.isNamespaceKnown // The profile of its namespace allows; a profile that is missing denies.
}

/** Staged policies are not enforced. */
function readPolicy(resource: Resource): ReferencePolicy[] {
  switch (resource.kind) {
    case 'ClusterNetworkPolicy':
      return [readClusterPolicy(resource)]
    case 'GlobalNetworkPolicy':
      return readCalicoPolicy(resource)
    case 'NetworkPolicy':
      if (resource.apiVersion === 'networking.k8s.io/v1') return [readKubernetesPolicy(resource)]
      return readCalicoPolicy(resource)
    default:
      return []
  }
}
