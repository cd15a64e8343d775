/** From pods, namespaces and service accounts to endpoints and network sets with their effective labels. Source: spec/api.md 3.4, 5.2 to 5.4. */
import { parseCidrOrIp } from '@margay/netset'
import {
  type DomainPattern,
  distinctPatterns,
  type GlobalNetworkSet,
  isEndpoint,
  type NetworkSet,
  namespaceProfileLabels,
  ownLabelsOf,
  type Pod,
  parseDomainPattern,
} from '@margay/resources'
import type { NetworkSetEntry } from '../model/network-set.ts'
import { inheritLabels } from './inherit-labels.ts'
import type { Inheritance } from './inheritance.ts'
import { BarePod, type KnownPod } from './known-pod.ts'
import { allowedSourcePrefixes, endpointLimits } from './lower-annotations.ts'
import { namespaceLabel } from './lower-selector.ts'
import { noExtras, PodEndpoint, type PodExtras } from './pod-endpoint.ts'
import type { PodParents } from './pod-parents.ts'

/** A part of an object that is no policy, and that could not be understood. */
export interface ObjectProblem {
  /** As `Profile web`, or `Pod shop/web`. */
  readonly object: string
  readonly message: string
}

export interface PodLowering {
  readonly parents: PodParents
  readonly report: (problem: ObjectProblem) => void
  /** What was known under its name. */
  readonly before: KnownPod | undefined
}

export function lowerPod(pod: Pod, { parents, report, before }: PodLowering): KnownPod {
  if (!isEndpoint(pod)) return new BarePod(pod)
  const parent = parents.of(pod)
  return new PodEndpoint(pod, {
    parent,
    labels: parent.labelsWith(ownLabelsOf(pod)),
    extras: extrasOf(pod, report),
    before: before instanceof PodEndpoint ? before : undefined,
  })
}

/** Of nearly all pods there are none. */
function extrasOf({ metadata }: Pod, report: (problem: ObjectProblem) => void): PodExtras {
  const { annotations, name, namespace = 'default' } = metadata
  if (annotations === undefined) return noExtras
  const object = `Pod ${namespace}/${name}`
  const reportOfPod = (message: string) => report({ object, message })
  const prefixes = allowedSourcePrefixes(annotations, reportOfPod)
  const limits = endpointLimits(annotations, reportOfPod)
  if (prefixes.length === 0 && limits === undefined) return noExtras
  return { allowedSourcePrefixes: prefixes, limits }
}

/** A namespaced set carries its namespace's name, and inherits its namespace's labels. */
export function lowerNetworkSet(set: NetworkSet, from: Inheritance): NetworkSetEntry {
  const namespace = set.metadata.namespace ?? ''
  const owner = from.namespaces.get(namespace)
  const own = { ...set.metadata.labels, [namespaceLabel]: namespace }
  return {
    key: `${namespace}/${set.metadata.name}`,
    labels: inheritLabels(own, owner === undefined ? [] : [namespaceProfileLabels(owner)]),
    nets: netsOf(set.spec?.nets),
    domains: domainsOf(set.spec?.allowedEgressDomains),
  }
}

export function lowerGlobalNetworkSet(set: GlobalNetworkSet): NetworkSetEntry {
  return {
    key: set.metadata.name,
    labels: new Map(Object.entries(set.metadata.labels ?? {})),
    nets: netsOf(set.spec?.nets),
    domains: domainsOf(set.spec?.allowedEgressDomains),
  }
}

function netsOf(nets: readonly string[] | undefined) {
  return (nets ?? []).map(parseCidrOrIp).filter((cidr) => cidr !== undefined)
}

/** What is no name of a domain is left out, as a net that is none is: a set only ever adds to what is allowed. */
function domainsOf(texts: readonly string[] | undefined): readonly DomainPattern[] {
  if (texts === undefined) return []
  return distinctPatterns(texts.map(parseDomainPattern).filter((pattern) => pattern !== undefined))
}
