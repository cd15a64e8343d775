/** ClusterNetworkPolicy as policy.networking.k8s.io/v1alpha2 defines it, and where spec/api.md 5.5 puts it among tiers. */
import type {
  ClusterNetworkPolicy,
  ClusterPolicyEgressPeer,
  ClusterPolicyEgressRule,
  ClusterPolicyIngressRule,
  ClusterPolicyProtocol,
  LabelSelector,
} from '@margay/resources'
import { inNet, type ReferencePod, type Thing } from './cluster.ts'
import { type Labels, matchesLabelSelector } from './labels.ts'
import {
  type Crossing,
  type End,
  hasNamedPort,
  isAt,
  type ReferencePolicy,
  type ReferenceRule,
} from './packet.ts'

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
    selects: (pod) =>
      'podLabels' in pod &&
      selects(subject.namespaces ?? subject.pods?.namespaceSelector, pod.namespaceLabels) &&
      selects(subject.pods?.podSelector, pod.podLabels),
    ingress: ingress.map(readIngressRule),
    egress: egress.filter(isSupported).map(readEgressRule),
  }
}

/** Names of domains are not supported, and stand in rules that accept only: such a rule accepts nothing. */
function isSupported({ to }: ClusterPolicyEgressRule): boolean {
  return to.every(({ domainNames }) => domainNames === undefined)
}

function readIngressRule({ action, from, protocols }: ClusterPolicyIngressRule): ReferenceRule {
  return {
    action: action === 'Accept' ? 'Allow' : action,
    matches: (it) =>
      from.some((peer) => isPeer(peer, it.source, it)) && matchesProtocols(protocols, it, () => true),
  }
}

function readEgressRule({ action, to, protocols }: ClusterPolicyEgressRule): ReferenceRule {
  return {
    action: action === 'Accept' ? 'Allow' : action,
    matches: (it) =>
      to.some(
        (peer) =>
          isPeer(peer, it.destination, it) &&
          matchesProtocols(protocols, it, (thing) => isSelected(peer, thing)),
      ),
  }
}

function isPeer(peer: ClusterPolicyEgressPeer, end: End, { cluster }: Crossing): boolean {
  if (peer.networks !== undefined) return peer.networks.some((net) => inNet(net, end.ip))
  if (peer.nodes === undefined)
    return cluster.things.some((thing) => isAt(thing, end) && isSelected(peer, thing))
  return cluster.resources
    .filter((it) => it.kind === 'Node')
    .filter((node) => selects(peer.nodes, new Map(Object.entries(node.metadata.labels ?? {}))))
    .flatMap((node) => node.status?.addresses ?? [])
    .some(({ address }) => inNet(address, end.ip))
}

/**
 * A peer by namespace takes everything that the selector matches by the labels it has from a namespace: pods, but also
 * network sets (spec 5.5). The empty selector asks for a namespace; another may match what has none, by what is absent.
 */
function isSelected({ namespaces, pods }: ClusterPolicyEgressPeer, thing: Thing | ReferencePod): boolean {
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
  { cluster, destination, packet }: Crossing,
  mayName: (thing: Thing) => boolean,
): boolean {
  if (protocols.length === 0) return true
  return protocols.some(({ tcp, udp, sctp, destinationNamedPort }) => {
    if (destinationNamedPort !== undefined) {
      const here = cluster.things.filter((thing) => isAt(thing, destination) && mayName(thing))
      return here.some((it) => hasNamedPort(it, destination.port, destinationNamedPort, packet.protocol))
    }
    const transport = { 6: tcp, 17: udp, 132: sctp }[packet.protocol]
    return transport !== undefined && isPort(transport, destination.port)
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

function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  return matchesLabelSelector(selector, (label) => labels.get(label))
}
