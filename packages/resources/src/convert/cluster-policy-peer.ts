/** The peers of rules of a cluster's administrator. Source: spec/api.md 5.5; Kubernetes network policy API. */
import { type Cidr, formatCidr, mergeCidrs, parseCidr, parseCidrOrIp } from '@margay/netset'
import { canonicalDomain, parseDomainPattern } from '../domains/domain-pattern.ts'
import type { AnySubject } from '../kinds/cluster-network-policy/subject.ts'
import type { LabelSelector } from '../kinds/label-selector/schema.ts'
import type { Node } from '../kinds/node/schema.ts'
import type { EntityRule } from '../kinds/rule/schema.ts'
import { matchesSelector, type Selector } from '../selector/index.ts'
import type { IssueLog } from './converted-policy.ts'
import { labelSelectorToSelector, namespaceSelectorText, podSelectorText } from './label-selector.ts'

/** Pods of namespaces, and with them or not the addresses that NetworkSets of those namespaces list. */
export type NamespacesPeer = 'pods' | 'pods and network sets'

/** A peer of an egress rule; those of ingress rules are namespaces or pods. */
export interface ClusterPeer extends AnySubject {
  readonly nodes?: LabelSelector
  readonly networks?: readonly string[]
  readonly domainNames?: readonly string[]
}

export interface PeerSite {
  readonly path: string
  readonly namespacesPeer: NamespacesPeer
  readonly nodes: readonly Node[] | undefined
  readonly log: IssueLog
}

/** Sides of rules that together match the peer: none if there is nobody to match. Undefined if it can't be converted. */
export function convertClusterPeer(peer: ClusterPeer, site: PeerSite): EntityRule[] | undefined {
  if (peer.namespaces !== undefined) return [convertNamespaces(peer.namespaces, site)]
  if (peer.pods !== undefined) {
    const { podSelector, namespaceSelector } = peer.pods
    return [
      { selector: podSelectorText(podSelector), namespaceSelector: namespaceSelectorText(namespaceSelector) },
    ]
  }
  if (peer.networks !== undefined) return convertNetworks(peer.networks, site)
  if (peer.nodes !== undefined) return convertNodes(peer.nodes, site)
  if (peer.domainNames !== undefined) return convertNames(peer.domainNames, site)
  return site.log.fail(site.path, 'only namespaces, pods, networks, nodes and domainNames are supported')
}

function convertNamespaces(namespaces: LabelSelector, { namespacesPeer }: PeerSite): EntityRule {
  const namespaceSelector = namespaceSelectorText(namespaces)
  return namespacesPeer === 'pods'
    ? { selector: podSelectorText({}), namespaceSelector }
    : { namespaceSelector }
}

function convertNetworks(networks: readonly string[], { path, log }: PeerSite): EntityRule[] | undefined {
  const cidrs = networks.map(
    (text, index) =>
      parseCidr(text) ?? log.fail(`${path}.networks[${index}]`, `${JSON.stringify(text)} is not a CIDR`),
  )
  const valid = cidrs.filter((cidr) => cidr !== undefined)
  return valid.length < cidrs.length ? undefined : sidesOf(valid)
}

/** This API takes a dot at the end of a name. */
function convertNames(names: readonly string[], { path, log }: PeerSite): EntityRule[] | undefined {
  const domains = names.map(canonicalDomain)
  const wrong = domains.findIndex((it) => parseDomainPattern(it) === undefined)
  if (wrong < 0) return [{ domains }]
  return log.fail(`${path}.domainNames[${wrong}]`, `${JSON.stringify(names[wrong])} is no name of a domain`)
}

/** Nodes are matched by their addresses: they are no endpoints of their own. */
function convertNodes(selector: LabelSelector, { path, nodes, log }: PeerSite): EntityRule[] | undefined {
  if (nodes === undefined) return log.fail(`${path}.nodes`, 'can not be matched without knowing the nodes')
  const wanted = labelSelectorToSelector(selector)
  return sidesOf(nodes.filter((node) => isSelected(node, wanted)).flatMap(addressesOf))
}

/** A label such as `constructor` is a property of every object, but only on the node if it is the node's own. */
function isSelected({ metadata: { labels = {} } }: Node, wanted: Selector): boolean {
  return matchesSelector(wanted, (label) => (Object.hasOwn(labels, label) ? labels[label] : undefined))
}

/** Names of hosts are among a node's addresses too; only what is an address can be matched. */
function addressesOf(node: Node): Cidr[] {
  return (node.status?.addresses ?? []).flatMap(({ address }) => parseCidrOrIp(address) ?? [])
}

/** The networks of one rule must be of one IP version. */
function sidesOf(cidrs: readonly Cidr[]): EntityRule[] {
  const byVersion = Map.groupBy(mergeCidrs(cidrs), ({ version }) => version)
  return Array.from(byVersion.values(), (group) => ({ nets: group.map(formatCidr) }))
}
