/** What policies of a cluster's administrator have in common in all versions of their API. Source: Kubernetes network policy API. */
import type { LabelSelector } from '@margay/resources'
import { inNet, type ReferencePod, type Thing } from './cluster.ts'
import { isDomain } from './domains.ts'
import { type Labels, matchesLabelSelector } from './labels.ts'
import { type Crossing, type End, hasNamedPort, isAt } from './packet.ts'

/** Namespaces, or pods in them: a policy's subject, and the peers of its rules. */
export interface Whom {
  readonly namespaces?: LabelSelector
  readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector }
}

interface Peer extends Whom {
  readonly nodes?: LabelSelector
  readonly networks?: readonly string[]
  readonly domainNames?: readonly string[]
}

export function isSubject({ namespaces, pods }: Whom, it: Thing | ReferencePod): boolean {
  return (
    'podLabels' in it &&
    selects(namespaces ?? pods?.namespaceSelector, it.namespaceLabels) &&
    selects(pods?.podSelector, it.podLabels)
  )
}

/** `isSelected` says which things a peer means that is none of networks, nodes and names. */
export function isPeer<P extends Peer>(
  peer: P,
  end: End,
  { cluster }: Crossing,
  isSelected: (peer: P, thing: Thing) => boolean,
): boolean {
  const isNamed = (pattern: string) => end.names.some((name) => isDomain(pattern.replace(/[.]$/, ''), name))
  if (peer.domainNames !== undefined) return peer.domainNames.some(isNamed)
  if (peer.networks !== undefined) return peer.networks.some((net) => inNet(net, end.ip))
  if (peer.nodes === undefined)
    return cluster.things.some(
      (thing) => (isAt(thing, end) || isGiven(thing, end)) && isSelected(peer, thing),
    )
  return cluster.resources
    .filter((it) => it.kind === 'Node')
    .filter((node) => selects(peer.nodes, new Map(Object.entries(node.metadata.labels ?? {}))))
    .flatMap((node) => node.status?.addresses ?? [])
    .some(({ address }) => inNet(address, end.ip))
}

function isGiven(thing: Thing, { names }: End): boolean {
  return names.some((name) => thing.gives(name))
}

/** `mayName` says whether the rule selects a pod or host endpoint, whose names of ports then count. */
export function isNamedPort(
  name: string,
  { cluster, destination, packet }: Crossing,
  mayName: (thing: Thing) => boolean,
): boolean {
  const here = cluster.things.filter((thing) => isAt(thing, destination) && mayName(thing))
  return here.some((it) => hasNamedPort(it, destination.port, name, packet.protocol))
}

export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  return matchesLabelSelector(selector, (label) => labels.get(label))
}
