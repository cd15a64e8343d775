/** ClusterNetworkPolicy as policy.networking.k8s.io/v1alpha2 defines it, and where spec/api.md 5.5 puts it among tiers. */
import type {
  ClusterNetworkPolicy,
  ClusterPolicyEgressRule,
  ClusterPolicyIngressRule,
  ClusterPolicyProtocol,
} from '@margay/resources'
import { isNamedPort, isPeer, isSubject, selects, type Whom } from './administrator.ts'
import type { ReferencePod, Thing } from './cluster.ts'
import { matchesLabelSelector } from './labels.ts'
import { type Crossing, nameless, type ReferencePolicy, type ReferenceRule } from './packet.ts'

/** Both tiers pass at their end, so that it makes no difference to govern a direction without rules. */
export function readClusterPolicy({ metadata, spec }: ClusterNetworkPolicy): ReferencePolicy {
  const { ingress = [], egress = [], subject } = spec
  return {
    tier: spec.tier === 'Admin' ? 'kube-admin' : 'kube-baseline',
    order: spec.priority,
    tieBreak: `${metadata.name}//KubernetesClusterNetworkPolicy`,
    types: ['Ingress', 'Egress'],
    list: 'normal',
    forward: false,
    selects: (it) => isSubject(subject, it),
    ingress: ingress.map(readIngressRule),
    egress: egress.map(readEgressRule),
  }
}

function readIngressRule({ action, from, protocols }: ClusterPolicyIngressRule): ReferenceRule {
  return {
    action: action === 'Accept' ? 'Allow' : action,
    matches: (it) =>
      from.some((peer) => isPeer(peer, nameless(it.source), it, isSelected)) &&
      matchesProtocols(protocols, it, () => true),
  }
}

function readEgressRule({ action, to, protocols }: ClusterPolicyEgressRule): ReferenceRule {
  return {
    action: action === 'Accept' ? 'Allow' : action,
    matches: (it) => {
      const end = action === 'Accept' ? it.destination : nameless(it.destination)
      return to.some(
        (peer) =>
          isPeer(peer, end, it, isSelected) &&
          matchesProtocols(protocols, it, (thing) => isSelected(peer, thing)),
      )
    },
  }
}

/**
 * A peer by namespace takes everything that the selector matches by the labels it has from a namespace: pods, but also
 * network sets (spec 5.5). The empty selector asks for a namespace; another may match what has none, by what is absent.
 */
function isSelected({ namespaces, pods }: Whom, thing: Thing | ReferencePod): boolean {
  if (namespaces !== undefined) {
    const isEmpty = Object.values(namespaces).every((terms) => Object.keys(terms).length === 0)
    if (isEmpty) return thing.labels.has('projectcalico.org/namespace')
    return matchesLabelSelector(namespaces, (label) => thing.labels.get(`pcns.${label}`))
  }
  if (pods === undefined || !('podLabels' in thing)) return false
  return selects(pods.namespaceSelector, thing.namespaceLabels) && selects(pods.podSelector, thing.podLabels)
}

/** `mayName` says whether the rule selects a pod or host endpoint, whose names of ports then count. */
function matchesProtocols(
  protocols: readonly ClusterPolicyProtocol[] = [],
  crossing: Crossing,
  mayName: (thing: Thing) => boolean,
): boolean {
  if (protocols.length === 0) return true
  return protocols.some(({ tcp, udp, sctp, destinationNamedPort }) => {
    if (destinationNamedPort !== undefined) return isNamedPort(destinationNamedPort, crossing, mayName)
    const transport = { 6: tcp, 17: udp, 132: sctp }[crossing.packet.protocol]
    return transport !== undefined && isPort(transport, crossing.destination.port)
  })
}

function isPort(
  { destinationPort }: NonNullable<ClusterPolicyProtocol['tcp']>,
  port: number | undefined,
): boolean {
  if (destinationPort === undefined) return true
  const { number, range } = destinationPort
  if (port === undefined) return false
  return number === port || (range !== undefined && range.start <= port && port <= range.end)
}
