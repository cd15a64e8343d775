/** NetworkPolicy as networking.k8s.io/v1 defines it, and where spec/api.md 5.1 puts it among tiers. */
import type {
  KubernetesNetworkPolicy,
  KubernetesPolicyPeer,
  KubernetesPolicyPort,
  LabelSelector,
} from '@margay/resources'
import { inNet, portProtocols } from './cluster.ts'
import { type Labels, matchesLabelSelector } from './labels.ts'
import {
  type Crossing,
  type End,
  hasNamedPort,
  isAt,
  type ReferencePolicy,
  type ReferenceRule,
} from './packet.ts'

export function readKubernetesPolicy({ metadata, spec = {} }: KubernetesNetworkPolicy): ReferencePolicy {
  const { name, namespace = 'default' } = metadata
  const { ingress = [], egress = [], policyTypes = [] } = spec
  const inferred = egress.length > 0 ? (['Ingress', 'Egress'] as const) : (['Ingress'] as const)
  return {
    tier: 'default',
    order: 1000,
    tieBreak: `${name}/${namespace}/KubernetesNetworkPolicy`,
    types: policyTypes.length > 0 ? policyTypes : inferred,
    list: 'normal',
    forward: false,
    selects: (it) =>
      'podLabels' in it && it.namespace === namespace && selects(spec.podSelector, it.podLabels),
    ingress: ingress.map(({ from, ports }) =>
      allow((it) => isAnyOf(from, isPeer(namespace, it.source)) && isAnyOf(ports, isPolicyPort(it))),
    ),
    egress: egress.map(({ to, ports }) =>
      allow((it) => isAnyOf(to, isPeer(namespace, it.destination)) && isAnyOf(ports, isPolicyPort(it))),
    ),
  }
}

function allow(matches: (it: Crossing) => boolean): ReferenceRule {
  return { action: 'Allow', matches }
}

/** No list and an empty one leave it open. */
function isAnyOf<Item>(list: readonly Item[] = [], matches: (item: Item) => boolean): boolean {
  return list.length === 0 || list.some(matches)
}

function isPeer(policyNamespace: string, { ip, pod }: End) {
  return ({ ipBlock, namespaceSelector, podSelector }: KubernetesPolicyPeer): boolean => {
    if (ipBlock !== undefined)
      return inNet(ipBlock.cidr, ip) && !(ipBlock.except ?? []).some((hole) => inNet(hole, ip))
    if (pod === undefined || !selects(podSelector, pod.podLabels)) return false
    if (namespaceSelector === undefined) return pod.namespace === policyNamespace
    return selects(namespaceSelector, pod.namespaceLabels)
  }
}

function isPolicyPort({ cluster, destination, packet }: Crossing) {
  return ({ protocol = 'TCP', port, endPort }: KubernetesPolicyPort): boolean => {
    if (portProtocols[protocol] !== packet.protocol) return false
    if (port === undefined) return true
    if (typeof port === 'string') {
      const here = cluster.things.filter((thing) => isAt(thing, destination))
      return here.some((thing) => hasNamedPort(thing, destination.port, port, packet.protocol))
    }
    return destination.port !== undefined && port <= destination.port && destination.port <= (endPort ?? port)
  }
}

function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  return matchesLabelSelector(selector, (label) => labels.get(label))
}
